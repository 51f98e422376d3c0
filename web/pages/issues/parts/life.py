"""How an issue came where it is: its phases and promises with who and why; which voices are there, and missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from actors.actor import Actor
from actors.instances.queries import ANSWERED_PHASES
from actors.issues.life import is_forward, promises_made
from actors.issues.voices import perspectives_present
from web.pages.acting import own_names
from web.pages.issues.parts.asked import Asked
from web.pages.paths import actor_path
from web.pages.views import When, Who
from web.pages.words import PERSPECTIVES, PHASES, perspective_word

_MOST_SHOWN = 20


@dataclass(slots=True)
class PassedView:
    """A phase that was entered: when, by whom and why; ``is_back`` when it was a step back."""

    word: str
    when: When
    by: Who | None
    reason: str
    is_back: bool


@dataclass(slots=True)
class PromisedView:
    """A date of feedback that was promised for the first time, or moved from ``previous``."""

    day: When
    previous: When | None
    when: When
    by: Who | None
    reason: str


@dataclass(slots=True)
class HeardView:
    """A perspective from which people speak; ``people`` is 0 when only the issue's own server knows of them."""

    word: str
    people: int


async def life(asked: Asked) -> Mapping[str, object]:
    """Return the history of an issue and its voices; four queries."""
    session, issue, host = asked.session, asked.detail.issue, asked.detail.host
    moved = asked.detail.moved
    promises = await promises_made(session, issue.actor_id, host)
    present = (await perspectives_present(session, [issue.actor_id])).get(issue.actor_id, {})
    cards, language = asked.cards, asked.language

    def who(actor: Actor | None) -> Who | None:
        return cards.who(actor) if actor is not None and actor.deleted_at is None else None

    passed = [
        PassedView(
            language.word(PHASES[one.change.phase]),
            cards.moment(one.change.at),
            who(one.by),
            one.change.reason,
            place > 0 and not is_forward(moved[place - 1].change.phase, one.change.phase),
        )
        for place, one in enumerate(moved)
    ]
    promised = [
        PromisedView(
            cards.day(one.promise.feedback_by),
            cards.day(one.promise.previous) if one.promise.previous is not None else None,
            cards.moment(one.promise.at),
            who(one.by),
            one.promise.reason,
        )
        for one in promises
    ]
    is_ours = asked.actor.is_local and len(own_names(asked.request)) > 1
    needed = issue.perspectives_needed[:_MOST_SHOWN]
    # What another server calls a perspective is shown when the issue asks for it, or when it is a word of ours.
    heard = [(one, present[one]) for one in present if one in PERSPECTIVES or one in needed]
    return {
        "passed": passed,
        "promise_moves": [one for one in promised if one.previous is not None],
        "move_path": f"{actor_path(asked.actor)}/fase" if is_ours else "",
        "promise_path": f"{actor_path(asked.actor)}/beloofd" if is_ours and issue.phase not in ANSWERED_PHASES else "",
        "missing": [perspective_word(language, one) for one in needed if one not in present],
        "heard": [
            HeardView(perspective_word(language, one), people)
            for one, people in sorted(heard, key=lambda pair: (-pair[1], pair[0]))[:_MOST_SHOWN]
        ],
    }
