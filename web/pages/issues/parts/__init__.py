"""What the page of an issue shows besides the issue and its conversation: each part loads its own.

A part takes a fixed number of queries, however much there is, and gives what its template ``issue/<part>.html``
prints. No two give a name in common.
"""

from collections.abc import Mapping
from typing import Final

from web.pages.issues.parts.agreements import agreements
from web.pages.issues.parts.asked import Asked, Part
from web.pages.issues.parts.follow_up import follow_up
from web.pages.issues.parts.life import life
from web.pages.issues.parts.roles import roles

PARTS: Final[tuple[Part, ...]] = (roles, agreements, follow_up, life)


async def load_parts(asked: Asked) -> Mapping[str, object]:
    """Return what all parts print."""
    found: dict[str, object] = {}
    for part in PARTS:
        found |= await part(asked)
    return found
