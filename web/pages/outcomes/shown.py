"""What the page of an outcome, and that of its issue, show besides text and answers: corrections and steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from actors.actor import Actor
from actors.knowledge.outcome_tables import OutcomeStep
from actors.knowledge.outcomes import OutcomeFacts
from web.language import Language
from web.pages.cards import Cards
from web.pages.views import When


@dataclass(slots=True)
class StepView:
    """A step: ``state`` is open, done or late."""

    id: int
    number: int
    what: str
    who: str
    state: str
    due: When | None
    done: When | None
    note: str


@dataclass(slots=True)
class CorrectionView:
    """That an outcome was corrected: when, and why."""

    number: int
    when: When
    reason: str


def step_views(steps: Sequence[OutcomeStep], cards: Cards, language: Language, moment: datetime) -> list[StepView]:
    """Return steps as pages print them."""
    return [
        StepView(
            step.id,
            step.number,
            step.what,
            step.who,
            _state(step, language, moment),
            cards.day(step.due_at) if step.due_at is not None else None,
            cards.day(step.done_at) if step.done_at is not None else None,
            step.note,
        )
        for step in steps
    ]


def about_outcome(
    facts: OutcomeFacts, author: Actor, mine: Sequence[Actor], cards: Cards, language: Language, moment: datetime
) -> dict[str, object]:
    """Return what the page of an outcome prints of its corrections and steps."""
    return {
        "steps": step_views(facts.steps, cards, language, moment),
        "may_mark": author.is_local and author.id in {actor.id for actor in mine},
        "corrections": [
            CorrectionView(one.version, cards.day(one.since), one.reason) for one in reversed(facts.corrections)
        ],
    }


def _state(step: OutcomeStep, language: Language, moment: datetime) -> str:
    if step.done_at is not None:
        return "done"
    return "late" if step.due_at is not None and language.is_past(step.due_at, moment) else "open"
