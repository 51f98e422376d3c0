"""What a mail about notifications tells: looked up when it is sent, as its reader may see it by then.

What was read on the pages meanwhile, withdrawn, or is for others' eyes now, is left out. What is not for
everyone leaves the site by no mail: the mail only says that there is something, and where.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.posts.notified import Notified, notifications_of
from actors.posts.tables import Post
from actors.sanitize import clean_line
from actors.site import Site
from actors.visibility import Viewer, is_open
from outbox.mail.notifier import MOST_IN_A_MAIL
from outbox.mail.wishes import Rhythm, reachable, wishes_of
from web.language import Language
from web.pages.prose import excerpt
from web.pages.told import notification_path, told

_LONGEST_NAME: Final = 60
_LONGEST_QUOTE: Final = 300


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to know. ``quoted`` is empty for what is not for everyone; ``lang`` is set when it is another's."""

    told: str
    url: str
    account: str
    quoted: str
    lang: str | None
    is_closed: bool


@dataclass(frozen=True, slots=True)
class News:
    """What a mail tells. ``more`` is how much else there is; ``subject`` what its unsubscribe link ends."""

    items: list[Item]
    more: int
    subject: str

    @property
    def is_digest(self) -> bool:
        """Whether it bundles: it tells more than one thing."""
        return len(self.items) + self.more > 1


async def read_news(
    session: AsyncSession, site: Site, language: Language, account_id: int, address: str, facts: Mapping[str, Any]
) -> News | None:
    """Return what there is still to tell to somebody, or None; three queries."""
    account = (await reachable(session, [account_id])).get(account_id)
    if account is None or account.email != address:
        return None
    wishes = (await wishes_of(session, [account_id]))[account_id]
    found = await notifications_of(
        session, Viewer(account_id), unread_only=True, among=facts["notifications"], limit=MOST_IN_A_MAIL
    )
    wanted = [row for row in found if wishes.rhythm(row.notification.kind) is not Rhythm.NEVER]
    if not wanted:
        return None
    more = max(0, facts["count"] - len(facts["notifications"]))
    return News([_item(site, language, row) for row in wanted], more, facts["subject"])


def _item(site: Site, language: Language, row: Notified) -> Item:
    actor, post = row.actor, row.post
    if post is not None and not is_open(post.visibility):
        sentence = language.gettext("There is something new for you. You can read it on the site.")
        return Item(sentence, f"{site.base_url}/meldingen", "", "", None, is_closed=True)
    return Item(
        told(language, row, clean_line(actor.name, _LONGEST_NAME) or actor.handle),
        f"{site.base_url}{notification_path(row)}",
        "" if actor.is_local else f"@{actor.account}",
        _quoted(post),
        _foreign(post, language),
        is_closed=False,
    )


def _quoted(post: Post | None) -> str:
    if post is None or post.sensitive:
        return ""
    return post.name or excerpt(post.content, _LONGEST_QUOTE)


def _foreign(post: Post | None, language: Language) -> str | None:
    return post.language if post is not None and post.language not in {None, language.code} else None
