"""One table: from the type of an activity to what handles it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from actors.actor import Actor
from federation.documents import Activity
from inbox.batch import Batch
from inbox.handlers.accept import accept, reject
from inbox.handlers.announce import announce
from inbox.handlers.block import block
from inbox.handlers.create import create
from inbox.handlers.delete import delete_
from inbox.handlers.featured import add, remove
from inbox.handlers.flag import flag
from inbox.handlers.follow import follow
from inbox.handlers.leave import leave
from inbox.handlers.like import like
from inbox.handlers.not_yet import move
from inbox.handlers.offer import offer
from inbox.handlers.undo import undo
from inbox.handlers.update import update_
from inbox.outcomes import Outcome

Handler = Callable[[Activity, Actor, Batch], Awaitable[Outcome]]


def table_of(entries: Iterable[tuple[str, Handler]]) -> Mapping[str, Handler]:
    """Return the table of these entries. Raises ``ValueError`` for a second entry of one type."""
    table: dict[str, Handler] = {}
    for activity_type, handler in entries:
        if activity_type in table:
            raise ValueError(f"{activity_type} has two handlers")
        table[activity_type] = handler
    return MappingProxyType(table)


HANDLERS: Final = table_of(
    (
        ("Accept", accept),
        ("Add", add),
        ("Announce", announce),
        ("Block", block),
        ("Create", create),
        ("Delete", delete_),
        ("Flag", flag),
        ("Follow", follow),
        ("Leave", leave),
        ("Like", like),
        ("Move", move),
        ("Offer", offer),
        ("Reject", reject),
        ("Remove", remove),
        ("Undo", undo),
        ("Update", update_),
    )
)
