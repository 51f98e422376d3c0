"""What administrators decide about people: roles, and who may sign in.

Three rules hold whatever a page allows: nobody gives a role that they do not have, somebody always administers
the instance, and nobody decides these things about themselves but giving up a role. Who decides and who
administers is read anew and held until the end of the transaction, so that two who decide at once cannot
together do what neither may.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.ids import new_id
from actors.kinds import Role
from actors.local import own_organisation
from actors.notifications import Notification
from actors.people.accounts import administrators, hold_accounts, is_last_administrator
from actors.people.factors import remove_factors
from actors.people.kinds import AccountState
from actors.people.sessions import end_access
from actors.people.standing import disable_account, set_roles
from actors.people.tables import Account
from actors.upsert import insert_or_ignore


class Refusal(StrEnum):
    """Why something is not decided."""

    GONE = "gone"
    """There is no such person any more, or the account stands otherwise than the decision says."""
    NOT_YOURS = "not-yours"
    """Who decides does not have the role that they give, or does not administer the instance any more."""
    LAST_ADMINISTRATOR = "last-administrator"
    ONESELF = "oneself"


class DecisionRefused(ValueError):
    """A decision that is not carried out, and why."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


async def hold_person(session: AsyncSession, actor_id: int, *, by: int) -> tuple[Account, Actor]:
    """Return a person for a decision about them, held until the end of the transaction.

    Raises `DecisionRefused` when there is none, or when ``by`` does not administer the instance now.
    """
    await hold_accounts(session, {actor_id, by})
    if by not in {one.actor_id for one in await administrators(session)}:
        raise DecisionRefused(Refusal.NOT_YOURS)
    account, actor = await session.get(Account, actor_id), await session.get(Actor, actor_id)
    if account is None or actor is None or actor.deleted_at is not None:
        raise DecisionRefused(Refusal.GONE)
    return account, actor


async def change_roles(
    session: AsyncSession, actor_id: int, roles: frozenset[Role], *, by: int, reason: str, now: datetime
) -> frozenset[Role]:
    """Give a person these roles and no others, tell them, and return the roles that changed.

    Raises `DecisionRefused`.
    """
    account, actor = await hold_person(session, actor_id, by=by)
    changed = roles ^ account.roles
    if not changed:
        return changed
    if Role.ADMINISTRATOR in account.roles - roles:
        await _check_others_administer(session, account)
    await set_roles(session, account, actor, roles, by=by, now=now, reason=reason)
    await _tell_of_roles(session, account, now=now)
    return changed


async def disable_person(session: AsyncSession, actor_id: int, *, by: int, reason: str, now: datetime) -> None:
    """Keep a person from signing in, and end what is open. Raises `DecisionRefused`."""
    account, actor = await hold_person(session, actor_id, by=by)
    if actor_id == by:
        raise DecisionRefused(Refusal.ONESELF)
    if account.state is not AccountState.ACTIVE:
        raise DecisionRefused(Refusal.GONE)
    await _check_others_administer(session, account)
    await disable_account(session, account, actor, by=by, reason=reason, now=now)


async def sign_out_everywhere(session: AsyncSession, actor_id: int, *, by: int, reason: str, now: datetime) -> None:
    """End every session and token of a person. Raises `DecisionRefused`."""
    _, actor = await hold_person(session, actor_id, by=by)
    await end_access(session, actor_id, now=now)
    note_act(session, by, "sessions-ended", now=now, object_uri=actor.uri, object_name=actor.account, reason=reason)


async def reset_factors(session: AsyncSession, actor_id: int, *, by: int, reason: str, now: datetime) -> None:
    """Take away the second factors that a person lost, and end their sessions and tokens. Raises `DecisionRefused`."""
    account, actor = await hold_person(session, actor_id, by=by)
    if actor_id == by:
        raise DecisionRefused(Refusal.ONESELF)
    await remove_factors(session, account)
    await end_access(session, actor_id, now=now)
    note_act(session, by, "factors-removed", now=now, object_uri=actor.uri, object_name=actor.account, reason=reason)


async def _check_others_administer(session: AsyncSession, account: Account) -> None:
    if await is_last_administrator(session, account):
        raise DecisionRefused(Refusal.LAST_ADMINISTRATOR)


async def _tell_of_roles(session: AsyncSession, account: Account, *, now: datetime) -> None:
    organisation = await own_organisation(session)
    row = {
        "id": new_id(), "recipient_id": account.actor_id, "kind": "role", "from_id": organisation.id, "created_at": now,
    }  # fmt: skip
    await insert_or_ignore(session, Notification, [row])
