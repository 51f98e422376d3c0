"""Asking somebody with an account to confirm an address, theirs from the start or a new one."""

from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.people.accounts import account_with_email
from actors.people.kinds import LinkPurpose
from actors.people.links import LIFETIMES, create_link
from actors.people.tables import Account
from web.keys import CAN_MAIL
from web.pages.signin.letters import url, write_to_person


async def ask_to_confirm(
    request: web.Request, session: AsyncSession, account: Account, address: str, *, now: datetime
) -> None:
    """Send the link that confirms an address; whose address it is already is told so, and nobody else."""
    if not request.app[CAN_MAIL]:
        return
    secret = await create_link(session, LinkPurpose.CONFIRM, email=address, actor_id=account.actor_id, now=now)
    if secret is None:
        return
    holder = await account_with_email(session, address)
    if holder is not None and holder.actor_id != account.actor_id:
        await write_to_person(request, session, "address_known", holder, now=now, url=url(request, "/inloggen"))
        return
    await write_to_person(
        request, session, "confirm_address", account, now=now, to=address,
        until=now + LIFETIMES[LinkPurpose.CONFIRM], url=url(request, f"/bevestigen/{secret}"), is_new=False,
    )  # fmt: skip
