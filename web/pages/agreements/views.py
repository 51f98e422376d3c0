"""What the templates of agreements print."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from actors.agreements.kinds import AgreementState, Standing
from actors.agreements.proving import NamedKey, holds
from actors.agreements.queries import AgreementCard, AgreementDetail, PartyRow, VersionDetail, is_overdue
from actors.agreements.tables import Agreement
from federation.documents import JsonObject
from federation.proofs import Proof
from web.language import Language
from web.pages.agreements.words import HAPPENED, STANDINGS, STATES
from web.pages.cards import Cards
from web.pages.views import When, Who


@dataclass(frozen=True)
class PartyView:
    """Who does what, and where they stand. ``holds`` is what checking their proof just now gave; None without one."""

    who: Who
    does: str
    standing: str
    word: str
    tone: str
    when: When | None
    holds: bool | None
    is_published: bool
    """Whether their server still publishes the key."""
    is_mine: bool


@dataclass(frozen=True)
class CardView:
    """An agreement in a list."""

    path: str
    name: str
    state: str
    tone: str
    due: When
    parties: list[PartyView]
    signed: int
    waits_for_me: bool


@dataclass(frozen=True)
class EventView:
    """Something that happened."""

    sentence: str
    reason: str
    when: When


@dataclass(frozen=True)
class ChangeView:
    """What a version says otherwise than the one before it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class VersionView:
    """A version in the history."""

    number: int
    path: str
    when: When
    is_signed: bool
    changes: list[ChangeView]


def state_of(agreement: Agreement, now: datetime) -> str:
    """Return how an agreement stands, as a key of `STATES`."""
    return "overdue" if is_overdue(agreement, now) else agreement.state.value


def state_word(agreement: Agreement, language: Language, now: datetime) -> tuple[str, str]:
    """Return how an agreement stands in a word, and its tone."""
    word, tone = STATES[state_of(agreement, now)]
    return language.word(word), tone


def card_view(card: AgreementCard, cards: Cards, language: Language, mine: Collection[int], now: datetime) -> CardView:
    """Return an agreement as a list shows it; proofs are not checked here."""
    word, tone = state_word(card.agreement, language, now)
    parties = [_party(row, cards, language, mine, None, is_published=True) for row in card.parties]
    is_open = card.agreement.state is AgreementState.OPEN
    return CardView(
        path=f"/afspraken/{card.agreement.id}",
        name=card.agreement.name,
        state=word,
        tone=tone,
        due=cards.day(card.agreement.due_at),
        parties=parties,
        signed=sum(row.party.standing is Standing.SIGNED for row in card.parties),
        waits_for_me=is_open and any(party.is_mine and party.standing == Standing.ASKED.value for party in parties),
    )


def party_views(
    version: VersionDetail,
    keys: Mapping[str, NamedKey],
    cards: Cards,
    language: Language,
    mine: Collection[int],
    now: datetime,
) -> list[PartyView]:
    """Return the parties of a version, each proof checked now; ``keys`` are those that are published."""
    document = version.document
    views = []
    for row in version.parties:
        proof = proof_of(row)
        named = keys.get(proof.method) if proof is not None else None
        is_published = named == NamedKey(row.actor.id, row.party.key or "")
        held = _holds(document, proof, row, now) if proof is not None else None
        views.append(_party(row, cards, language, mine, held, is_published=is_published))
    return views


def proof_of(row: PartyRow) -> Proof | None:
    """Return the proof of a party, as it was kept."""
    return Proof.read(json.loads(row.party.proof)) if row.party.proof else None


def events_of(detail: AgreementDetail, cards: Cards, language: Language) -> list[EventView]:
    """Return what happened, the newest first."""
    return [
        EventView(
            language.gettext(HAPPENED[change.what]) % {"name": cards.who(actor).name, "version": change.version},
            change.reason,
            cards.moment(change.at),
        )
        for change, actor in reversed(detail.changes)
    ]


def versions_of(detail: AgreementDetail, cards: Cards, language: Language) -> list[VersionView]:
    """Return the versions, the newest first, each with what it says otherwise than the one before."""
    before: Sequence[VersionDetail | None] = [*detail.versions[1:], None]
    return [
        VersionView(
            one.version.version,
            f"/afspraken/{detail.agreement.id}/versies/{one.version.version}",
            cards.moment(one.version.created_at),
            one.is_signed,
            _changes(older, one, cards, language) if older is not None else [],
        )
        for one, older in zip(detail.versions, before, strict=True)
    ]


def _changes(older: VersionDetail, newer: VersionDetail, cards: Cards, language: Language) -> list[ChangeView]:
    found = [
        ChangeView(language.gettext("Name"), older.version.name, newer.version.name),
        ChangeView(
            language.gettext("Ready by"),
            language.date_of(older.version.due_at),
            language.date_of(newer.version.due_at),
        ),
        ChangeView(language.gettext("Explanation"), older.version.content, newer.version.content),
    ]
    did = {row.actor.id: row for row in older.parties}
    does = {row.actor.id: row for row in newer.parties}
    for actor_id, row in (did | does).items():
        one, other = did.get(actor_id), does.get(actor_id)
        found.append(
            ChangeView(cards.who(row.actor).name, one.party.does if one else "", other.party.does if other else "")
        )
    return [change for change in found if change.before != change.after]


def _holds(document: JsonObject, proof: Proof, row: PartyRow, now: datetime) -> bool:
    return holds(document, proof, row.party.key or "", now=now)


def _party(
    row: PartyRow, cards: Cards, language: Language, mine: Collection[int], held: bool | None, *, is_published: bool
) -> PartyView:
    word, tone = STANDINGS[row.party.standing]
    return PartyView(
        who=cards.who(row.actor),
        does=row.party.does,
        standing=row.party.standing.value,
        word=language.word(word),
        tone=tone,
        when=cards.moment(row.party.answered_at) if row.party.answered_at is not None else None,
        holds=held,
        is_published=is_published,
        is_mine=row.actor.id in mine,
    )
