"""The form of an agreement: what was typed, who was meant by it, and what is wrong in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, account_key
from actors.agreements.allowed import PARTY_KINDS
from actors.agreements.queries import AgreementDetail
from actors.issues.tables import Issue
from actors.kinds import ActorKind
from actors.local import own_organisation
from actors.posts.tables import Post
from actors.sanitize import is_storable
from actors.serialize.agreement import AgreementDraft
from actors.visibility import ANYONE, visible_to
from federation.documents.agreement import LONGEST_CONTENT, LONGEST_DOES, LONGEST_NAME, MOST_PARTIES
from federation.errors import FederationError
from web.keys import DATABASE, RESOLVER, SITE
from web.language import Language
from web.pages.asked import text_in
from web.pages.issues.publishing import LATEST, WRONG_DAY, promised_day, today_in
from web.render import language_of

LONGEST: Final = {"name": LONGEST_NAME, "content": LONGEST_CONTENT, "does": LONGEST_DOES}
FEWEST_ROWS: Final = 2
MORE: Final = "meer"
_LONGEST_ACCOUNT: Final = 300
_MOST_SUGGESTED: Final = 50


@dataclass
class Row:
    """Another party as it was typed: who, and what they do."""

    who: str = ""
    does: str = ""


@dataclass
class Typed:
    """What was typed in the form, as text."""

    name: str = ""
    content: str = ""
    due: str = ""
    my_does: str = ""
    rows: list[Row] = field(default_factory=list)

    @property
    def others(self) -> list[tuple[int, Row]]:
        """The rows in which something was typed, with their numbers from 1."""
        return [(number, row) for number, row in enumerate(self.rows, start=1) if row.who or row.does]


def read_typed(form: Mapping[str, object]) -> Typed:
    """Return what was typed, with a row to spare when one was asked for."""
    rows = [Row(text_in(form, f"who-{number}"), text_in(form, f"does-{number}")) for number in range(1, MOST_PARTIES)]
    while len(rows) > FEWEST_ROWS and not (rows[-1].who or rows[-1].does):
        rows.pop()
    if MORE in form and len(rows) < MOST_PARTIES - 1:
        rows.append(Row())
    return Typed(text_in(form, "name"), text_in(form, "content"), text_in(form, "due"), text_in(form, "my_does"), rows)


def typed_of(detail: AgreementDetail, language: Language) -> Typed:
    """Return what an agreement says now, as somebody would type it."""
    version = detail.newest.version
    own = next((row.party.does for row in detail.newest.parties if row.actor.id == detail.proposer.id), "")
    rows = [
        Row(account_of(row.actor), row.party.does)
        for row in detail.newest.parties
        if row.actor.id != detail.proposer.id
    ]
    due = version.due_at.astimezone(language.zone).date().isoformat()
    return Typed(version.name, version.content, due, own, rows)


def account_of(actor: Actor) -> str:
    """Return how somebody types an actor."""
    return f"@{actor.account}"


async def checked(request: web.Request, typed: Typed, proposer: Actor) -> tuple[dict[str, str], AgreementDraft | None]:
    """Return what is wrong in a form, or what it says; actors of other servers are asked for there."""
    language = language_of(request)
    errors = _text_faults(typed, language)
    due = promised_day(typed.due, language)
    if due is None:
        errors["due"] = language.gettext(WRONG_DAY)
    parties = [(proposer, typed.my_does)]
    for number, row in typed.others:
        if not row.does:
            errors[f"does-{number}"] = language.gettext("Tell what they do.")
        actor = await find_party(request, row.who)
        if actor is None:
            errors[f"who-{number}"] = language.gettext("We cannot find this account. Look at how you wrote it.")
        elif actor.kind not in PARTY_KINDS and (actor.is_local or actor.kind is ActorKind.ISSUE):
            errors[f"who-{number}"] = language.gettext("You can only agree with people and organisations.")
        elif actor.id in {known.id for known, _ in parties}:
            errors[f"who-{number}"] = language.gettext("This account stands here twice.")
        else:
            parties.append((actor, row.does))
    if not typed.others:
        errors["who-1"] = language.gettext("With whom do you agree on this? Name at least one other.")
    if errors or due is None:
        return errors, None
    return {}, AgreementDraft(typed.name, typed.content, due, parties)


def dates(language: Language) -> tuple[str, str]:
    """Return between which days a date can be chosen."""
    today = today_in(language)
    return today.isoformat(), (today + LATEST).isoformat()


async def find_party(request: web.Request, text: str) -> Actor | None:
    """Return the actor that somebody typed: a handle of ours, an account or the address of a page."""
    text = text.strip()
    if not text or len(text) > _LONGEST_ACCOUNT or not is_storable(text):
        return None
    handle, _, domain = text.removeprefix("@").partition("@")
    is_address = text.startswith(("https://", "http://"))
    async with request.app[DATABASE].reading() as session:
        known = (
            Actor.uri == text if is_address
            else Actor.account_key == account_key(handle, domain.lower() or request.app[SITE].domain)
        )  # fmt: skip
        query = select(Actor).where(known, Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
        found = (await session.scalars(query.order_by(Actor.id.desc()).limit(1))).one_or_none()
    if found is not None or not (is_address or domain):
        return found
    resolver = request.app[RESOLVER]
    try:
        actor = await (resolver.actor(text) if is_address else resolver.account(f"{handle}@{domain}"))
    except (FederationError, ValueError):
        return None
    return actor if actor.deleted_at is None and actor.suspended_at is None else None


async def suggested(session: AsyncSession, issue: Actor, proposers: tuple[Actor, ...]) -> list[tuple[str, str]]:
    """Return whom to choose from: the host, our organisation and who spoke in it; account and name. Two queries."""
    organisation = await own_organisation(session)
    hosts = select(Issue.host_id).where(Issue.actor_id == issue.id, Issue.host_id.is_not(None))
    speakers = select(Post.author_id).where(Post.space_id == issue.id, visible_to(ANYONE))
    query = (
        select(Actor)
        .where(
            or_(Actor.id.in_(hosts), Actor.id.in_(speakers)), Actor.deleted_at.is_(None), Actor.suspended_at.is_(None)
        )
        .order_by(Actor.name)
        .limit(_MOST_SUGGESTED)
    )
    found = {actor.id: actor for actor in [organisation, *await session.scalars(query)]}
    skip = {proposers[0].id} if len(proposers) == 1 else set()
    return [
        (account_of(actor), actor.name or actor.handle)
        for actor in found.values()
        if actor.id not in skip and actor.kind in {*PARTY_KINDS, ActorKind.GROUP}
    ]


def _text_faults(typed: Typed, language: Language) -> dict[str, str]:
    errors: dict[str, str] = {}
    fields = {"name": (typed.name, LONGEST_NAME, True), "content": (typed.content, LONGEST_CONTENT, False)}
    fields["my_does"] = (typed.my_does, LONGEST_DOES, True)
    fields |= {f"does-{number}": (row.does, LONGEST_DOES, False) for number, row in typed.others}
    for name, (text, longest, needed) in fields.items():
        if needed and not text:
            errors[name] = language.gettext("Fill this in.")
        elif len(text) > longest:
            errors[name] = language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
                "length": language.number(len(text)), "longest": language.number(longest)
            }  # fmt: skip
        elif not is_storable(text):
            errors[name] = language.gettext("We cannot store this text. Is it complete?")
    return errors
