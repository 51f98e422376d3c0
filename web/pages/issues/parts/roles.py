"""Who does what on an issue: its hosts and the roles that are held; and where to ask somebody, or to join in."""

from collections.abc import Mapping
from dataclasses import dataclass

from actors.issues.hosts import our_host
from actors.kinds import IssueRole, Phase
from actors.roles.queries import roles_on
from web.pages.acting import own_names
from web.pages.issues.parts.asked import Asked
from web.pages.paths import actor_path
from web.pages.roles.views import role_view
from web.pages.views import When, Who
from web.pages.words import ISSUE_ROLES


@dataclass(slots=True)
class HolderView:
    """Somebody who has a role; ``perspective`` is empty unless they want it to be read."""

    who: Who
    perspective: str = ""
    since: When | None = None


@dataclass(slots=True)
class GroupView:
    """Those who have one role."""

    word: str
    holders: list[HolderView]


async def roles(asked: Asked) -> Mapping[str, object]:
    """Return who does what, by role: one query, and one for those who speak for an organisation."""
    groups: dict[IssueRole, list[HolderView]] = {role: [] for role in IssueRole}
    if asked.detail.host is not None:
        groups[IssueRole.HOST].append(HolderView(asked.cards.who(asked.detail.host)))
    for row in await roles_on(asked.session, asked.actor.id):
        view = role_view(row, asked.cards, asked.language)
        groups[row.role.role].append(HolderView(view.who, view.perspective, view.since))
    base, names = f"{actor_path(asked.actor)}/rollen", own_names(asked.request)
    may_offer = False
    if len(names) > 1:
        host = await our_host(asked.session, asked.actor.id)
        may_offer = host is not None and host.id == names[-1].id
    is_open = asked.detail.issue.phase is not Phase.CLOSED
    return {
        "role_groups": [
            GroupView(asked.language.word(ISSUE_ROLES[role]), holders) for role, holders in groups.items() if holders
        ],
        "offer_path": f"{base}/aanbieden" if may_offer and is_open else "",
        "join_path": f"{base}/meedoen" if is_open else "",
    }
