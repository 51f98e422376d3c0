"""The page of an agreement: who does what by when, who signed it, and whether the proofs of that hold."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Happened, Standing
from actors.agreements.proving import keys_named
from actors.agreements.queries import AgreementDetail, VersionDetail, agreement_detail
from actors.database import now
from actors.instances.queries import linked_names
from outbox.publish.agreements import AgreementRefused, check_may_say
from web.keys import DATABASE, SITE
from web.pages.acting import ORGANISATION, OWN, own_names
from web.pages.agreements.views import events_of, party_views, proof_of, state_of, state_word, versions_of
from web.pages.asked import id_in, notice_of, path_id
from web.pages.cards import cards_for
from web.pages.errors import render_error
from web.pages.paths import actor_path, origin_url
from web.render import language_of, render


@dataclass(frozen=True)
class May:
    """What the visitor may do, under one of their names."""

    name_of: str
    name: str
    sign: bool
    decline: bool
    done: bool
    reopen: bool
    withdraw: bool

    @property
    def anything(self) -> bool:
        """Whether there is anything to do."""
        return self.sign or self.decline or self.done or self.reopen or self.withdraw


async def agreement(request: web.Request) -> web.Response:
    """Answer with an agreement, as it is proposed last."""
    async with request.app[DATABASE].reading() as session:
        return await show_agreement(request, session, path_id(request))


async def version(request: web.Request) -> web.Response:
    """Answer with a version of an agreement."""
    number = id_in(request.match_info["version"])
    async with request.app[DATABASE].reading() as session:
        return await show_agreement(request, session, path_id(request), number or 0)


async def show_agreement(
    request: web.Request,
    session: AsyncSession,
    agreement_id: int,
    number: int | None = None,
    *,
    errors: dict[str, str] | None = None,
    reason: str = "",
) -> web.Response:
    """Answer with the page of an agreement; with what is wrong in a form on it, and what was typed there."""
    detail = await agreement_detail(session, agreement_id)
    shown = None if detail is None else _version(detail, number)
    if detail is None or shown is None:
        return await render_error(request, 404)
    language, moment, site = language_of(request), now(), request.app[SITE]
    cards = cards_for(request, await linked_names(session))
    mine = own_names(request)
    methods = [proof.method for row in shown.parties if (proof := proof_of(row)) is not None]
    parties = party_views(
        shown, await keys_named(session, methods), cards, language, [actor.id for actor in mine], moment
    )
    word, tone = state_word(detail.agreement, language, moment)
    is_newest = shown is detail.newest
    in_force = detail.in_force
    return render(
        request,
        "agreements/agreement.html",
        status=422 if errors else 200,
        notice=notice_of(request, language),
        errors=errors or {},
        agreement=detail.agreement,
        shown=shown.version,
        state=state_of(detail.agreement, moment),
        state_word=word,
        state_tone=tone,
        issue=cards.who(detail.issue),
        issue_path=actor_path(detail.issue),
        proposer=cards.who(detail.proposer),
        origin=None if detail.agreement.is_local else origin_url(site, detail.agreement.uri),
        due=cards.day(shown.version.due_at),
        proposed=cards.day(shown.version.created_at),
        parties=parties,
        is_newest=is_newest,
        is_signed=shown.is_signed,
        in_force=in_force.version.version if in_force is not None else None,
        cannot_sign=any(party.standing == Standing.TOLD.value for party in parties),
        events=events_of(detail, cards, language),
        versions=versions_of(detail, cards, language),
        may=[may for actor in mine if (may := _may(detail, actor, mine[0])).anything] if is_newest else [],
        may_change=is_newest and may_change(detail, mine),
        reason=reason,
    )


def may_change(detail: AgreementDetail, names: tuple[Actor, ...]) -> bool:
    """Whether somebody with these names may propose the next version."""
    return (
        detail.agreement.is_local
        and detail.agreement.state is not AgreementState.WITHDRAWN
        and detail.proposer.id in {actor.id for actor in names}
    )


def _version(detail: AgreementDetail, number: int | None) -> VersionDetail | None:
    if number is None:
        return detail.newest
    return next((one for one in detail.versions if one.version.version == number), None)


def _may(detail: AgreementDetail, actor: Actor, me: Actor) -> May:
    agreement = detail.agreement
    own = next((row.party for row in detail.newest.parties if row.actor.id == actor.id), None)
    has_signed = any(
        row.actor.id == actor.id and row.party.standing is Standing.SIGNED
        for one in detail.versions
        for row in one.parties
    )

    def may_say(what: Happened) -> bool:
        try:
            check_may_say(agreement, actor.id, what, is_party=has_signed)
        except AgreementRefused:
            return False
        return True

    waits = own is not None and agreement.state is not AgreementState.WITHDRAWN
    return May(
        name_of=OWN if actor.id == me.id else ORGANISATION,
        name=actor.name or actor.handle,
        sign=waits and own is not None and own.standing in {Standing.ASKED, Standing.DECLINED},
        decline=waits and own is not None and own.standing is Standing.ASKED,
        done=may_say(Happened.DONE),
        reopen=may_say(Happened.REOPENED),
        withdraw=agreement.is_local and may_say(Happened.WITHDRAWN),
    )
