"""The last look at a draft: how it will read, who will hear, and then publishing it."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.audit import note_act
from actors.database import now
from actors.instances.queries import linked_names
from actors.knowledge.answering import count_unanswered
from actors.knowledge.drafts import draft_answers, text_of, version_of_draft
from actors.knowledge.outcome_tables import OutcomeDraft
from actors.people.acting import note_posted
from actors.posts.store import PostRefused
from actors.versions import EditedMeanwhile
from outbox.publish.hearing import Reach, ServerHearing, who_hears
from outbox.publish.outcome_drafts import publish_draft
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import notice_of, person_of, see_other, text_in
from web.pages.cards import Cards, cards_for
from web.pages.editing import meanwhile
from web.pages.outcomes.desk import Desk, draft_of_path, draft_path
from web.pages.outcomes.writing import verdict_counts
from web.pages.paths import actor_path, post_path, with_notice
from web.pages.preview import ARTICLE, previewed
from web.render import language_of, render

_MOST_NAMES = 20
"""So many people are named of one server; of the rest it says how many they are."""


async def preview(request: web.Request) -> web.Response:
    """Answer with how a draft will read and who will hear."""
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        return await _page(request, session, desk, draft)


async def publish(request: web.Request) -> web.Response:
    """Publish a draft as it was seen, or answer with what is wrong in it."""
    me, given, language = person_of(request).actor, await request.post(), language_of(request)
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        if errors := _faults(draft, language):
            return await _page(request, session, desk, draft, errors)
    try:
        async with request.app[DATABASE].writing() as session:
            desk, draft = await draft_of_path(request, session, held=True)
            is_correction = draft.outcome_id is not None
            post = await publish_draft(
                session, request.app[SITE], draft, host=desk.host, by=me, based_on=text_in(given, "based_on"), now=now()
            )
            if is_correction:
                note_act(
                    session, me.id, "outcome-corrected", now=now(), for_id=desk.host.id,
                    object_uri=post.uri, object_name=post.name,
                )  # fmt: skip
            else:
                note_posted(session, me.id, desk.host, "outcome-published", post_id=post.id, uri=post.uri, now=now())
    except EditedMeanwhile:
        return await _again(request, meanwhile(language))
    except PostRefused as error:
        told = {
            "answers": language.gettext(
                "This is too much for one piece of feedback. Shorten the reasons, or make two."
            ),
            "why": language.gettext("Tell why you correct it: everyone reads that."),
        }
        fallback = language.gettext("We cannot store this as it is. Look at it again.")
        return await _again(request, told.get(error.field, fallback))
    return see_other(with_notice(post_path(post), "gecorrigeerd" if is_correction else "teruggekoppeld"))


async def _again(request: web.Request, told: str) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        desk, draft = await draft_of_path(request, session)
        return await _page(request, session, desk, draft, {"draft": told})


def _faults(draft: OutcomeDraft, language: Language) -> dict[str, str]:
    errors = {}
    if not draft.title:
        errors["title"] = language.gettext("The title is still missing.")
    if not draft.source.strip():
        errors["source"] = language.gettext("The text is still missing.")
    return errors


async def _page(
    request: web.Request, session: AsyncSession, desk: Desk, draft: OutcomeDraft, errors: dict[str, str] | None = None
) -> web.Response:
    language, text = language_of(request), text_of(draft)
    answers = await draft_answers(session, draft.id)
    hearing = await who_hears(session, request.app[SITE], answers, now=now()) if answers else []
    linked = await linked_names(session)
    cards = cards_for(request, linked)
    unanswered = await count_unanswered(
        session, desk.issue.id, desk.host_ids, draft_id=draft.id, correcting=draft.outcome_id
    )
    return render(
        request,
        "outcomes/publish.html",
        status=422 if errors else 200,
        notice=notice_of(request, language),
        errors=errors or {},
        desk=desk,
        issue_path=actor_path(desk.issue),
        path=draft_path(draft.id),
        based_on=version_of_draft(draft, answers),
        is_correction=draft.outcome_id is not None,
        is_ready=not _faults(draft, language),
        title=text.title or language.gettext("No title yet"),
        reason=text.reason,
        spoken=text.language if text.language != language.code else None,
        content=await previewed(session, text.source, ARTICLE),
        steps=[(step.what, step.who, language.day(step.day) if step.day is not None else "") for step in text.steps],
        counts=verdict_counts(list(answers.values()), language),
        unanswered=unanswered,
        people=sum(len(server.people) for server in hearing),
        servers=sum(server.reach is not Reach.HERE for server in hearing),
        hearing=[_server(server, cards, linked, language) for server in hearing],
    )


def _server(server: ServerHearing, cards: Cards, linked: dict[str, str], language: Language) -> dict[str, object]:
    told = {
        Reach.HERE: language.gettext("They hear it here."),
        Reach.HEARS: language.gettext("They hear it on their own server."),
        Reach.AWAY: language.gettext("This server does not answer now. We keep trying for over a week."),
        Reach.BLOCKED: language.gettext("They do not hear it: we do not exchange messages with this server."),
    }
    return {
        "name": language.gettext("Here") if server.reach is Reach.HERE else linked.get(server.domain, server.domain),
        "reach": server.reach.value,
        "told": told[server.reach],
        "count": len(server.people),
        "people": [cards.who(actor) for actor in server.people[:_MOST_NAMES]],
        "more": max(0, len(server.people) - _MOST_NAMES),
    }
