"""Answering an offered role by a message: where software knows no roles, people answer with "ja" or "nee"."""

import re
from html import unescape
from typing import Final

from sqlalchemy import select

from actors.actor import Actor
from actors.posts.tables import Post
from actors.roles.kinds import RoleState
from actors.roles.store import role_of_note
from federation.documents import PostDocument
from inbox.batch import Batch
from outbox.publish.role_effects import sides_of
from outbox.publish.role_notes import thank
from outbox.publish.roles import answer_for_them

_LONGEST: Final = 1_000
_BREAK = re.compile(r"</?(?:p|br|div|li|blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_ACCOUNT = re.compile(r"@[^\s@]+(?:@[^\s@]+)?")
_ANSWERS: Final = {"ja": True, "yes": True, "nee": False, "no": False}


async def answer_by_message(batch: Batch, document: PostDocument, sender: Actor) -> None:
    """Take a message of nothing but yes or no as the answer to the offer of which the message before it told."""
    parent = batch.known.posts.get(document.in_reply_to or "")
    accepted = answer_in(document.content) if parent is not None and parent.is_local else None
    if parent is None or accepted is None:
        return
    await batch.flush()
    role = await role_of_note(batch.session, parent.id)
    if role is None or role.actor_id != sender.id or role.state is not RoleState.OFFERED:
        return
    if role.link_until is None or role.link_until <= batch.now:
        return
    sides = await sides_of(batch.session, role)
    # Nothing was said about the perspective, so that it is not shown.
    await answer_for_them(
        batch.session, batch.site, sides, accepted=accepted, is_perspective_shown=False, now=batch.now
    )
    said = (await batch.session.scalars(select(Post).where(Post.uri == document.id))).one_or_none()
    if said is not None and sides.offered_by is not None and sides.offered_by.is_local:
        await thank(
            batch.session, batch.site, role, sides.issue, sides.offered_by, sender, said, accepted=accepted,
            now=batch.now,
        )  # fmt: skip


def answer_in(content: str) -> bool | None:
    """Return what a message answers, or None when it says anything else.

    >>> [answer_in(text) for text in ("<p>@tilburg@tilburg.example <b>Ja</b>!</p>", "Nee.", "Ja, maar pas in mei")]
    [True, False, None]
    """
    if len(content) > _LONGEST:
        return None
    words = _ACCOUNT.sub(" ", unescape(_TAG.sub("", _BREAK.sub(" ", content))))
    return _ANSWERS.get(words.strip(" \t\r\n\xa0.!,;:\"'“”‘’").lower())
