"""What follows from the outcomes of an issue, and for those who speak for its host where feedback is written."""

from collections.abc import Mapping

from actors.database import now
from actors.issues.hosts import our_host
from actors.knowledge.drafts import drafts_of
from actors.knowledge.queries import steps_of_issue
from web.pages.issues.parts.asked import Asked
from web.pages.outcomes.desk import speaks_for_the_organisation
from web.pages.outcomes.shown import step_views
from web.pages.paths import actor_path, post_path
from web.visitor import visitor_of


async def follow_up(asked: Asked) -> Mapping[str, object]:
    """Return the steps, open ones first: one query, and two for those who speak for the organisation."""
    rows = await steps_of_issue(asked.session, asked.viewer, asked.actor.id)
    views = step_views([step for step, _ in rows], asked.cards, asked.language, now())
    organisation = visitor_of(asked.request).house.organisation
    path, drafts = "", 0
    if organisation is not None and speaks_for_the_organisation(asked.request):
        host = await our_host(asked.session, asked.actor.id)
        if host is not None and host.id == organisation.id:
            path = f"{actor_path(asked.actor)}/terugkoppelen"
            drafts = len(await drafts_of(asked.session, asked.actor.id))
    return {
        "follow_up": [
            (view, f"{post_path(post)}#stap-{view.number}") for view, (_, post) in zip(views, rows, strict=True)
        ],
        "feedback_path": path,
        "feedback_drafts": drafts,
    }
