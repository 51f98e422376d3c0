"""Feedback that is owed, here and by linked instances: who promised it for when, and how many people wait."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.instances.queries import linked_names
from actors.kinds import Theme
from actors.knowledge.owed import Debtor, Owed, OwedFilter, debtors, owed_feedback
from web.keys import DATABASE
from web.language import Language
from web.pages.asked import id_in, next_page, word_in
from web.pages.cards import Cards, cards_for
from web.pages.filters import chosen_domain, filters
from web.pages.paths import actor_path
from web.pages.views import When, Who
from web.render import language_of, render

PATH = "/terugkoppeling-beloofd"
_A_PAGE = 20
_PARTS = 1_000_000
_LATEST = 10**10 * _PARTS


@dataclass(slots=True)
class OwedView:
    """An issue whose feedback is overdue, in a list."""

    path: str
    title: str
    question: str
    language: str | None
    host: Who | None
    promised: When
    days: int
    waiting: int
    themes: list[tuple[str, str]]


@dataclass(slots=True)
class DebtorView:
    """Who owes feedback; ``href`` is the list of theirs alone."""

    name: str
    href: str
    issues: int
    since: When
    days: int


async def overview(request: web.Request) -> web.Response:
    """Answer with all feedback that is owed, the oldest promise first."""
    language, moment = language_of(request), now()
    query = request.query
    theme, host_id = word_in(Theme, query.get("theme")), id_in(query.get("host"))
    today = day_began(language, moment)
    async with request.app[DATABASE].reading() as session:
        names = await linked_names(session)
        domain = chosen_domain(request, names)
        wanted = OwedFilter(host_id, domain, theme)
        owing = await debtors(session, today, wanted)
        rows = await owed_feedback(session, today, wanted, after=place_in(query.get("na")), limit=_A_PAGE + 1)
        host = await session.get(Actor, host_id) if host_id is not None else None
    cards = cards_for(request, names)
    shown = rows[:_A_PAGE]
    return render(
        request,
        "outcomes/owed.html",
        total=sum(debtor.issues for debtor in owing),
        debtors=[_debtor(debtor, cards, language, moment, names) for debtor in owing],
        owed=[_owed(row, cards, language, moment) for row in shown],
        older=next_page(request, "na", None) if len(rows) <= _A_PAGE else _next(request, shown[-1]),
        is_first="na" not in query,
        is_filtered=any((theme, domain, host_id)),
        host_name=(host.name or host.handle) if host is not None else "",
        host_id=host_id,
        filters=filters(request, names),
    )


def day_began(language: Language, moment: datetime) -> datetime:
    """Return when this day began where people read this: what was promised for today is not overdue."""
    return moment.astimezone(language.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def days_over(language: Language, promised: datetime, moment: datetime) -> int:
    """Return how many days ago a promised day was."""
    return (moment.astimezone(language.zone).date() - promised.astimezone(language.zone).date()).days


def place_of(row: Owed) -> str:
    """Return where the page after this row begins.

    It tells the promise and the issue, so that what comes or goes meanwhile shifts nothing.
    """
    return f"{round(row.feedback_by.timestamp() * _PARTS)}-{row.actor.id}"


def place_in(text: str | None) -> tuple[datetime, int] | None:
    """Return the promise and the issue after which a page begins, or None for the first page."""
    stamp, _, identifier = (text or "").partition("-")
    parts, actor_id = id_in(stamp), id_in(identifier)
    if parts is None or actor_id is None or parts > _LATEST:
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=parts), actor_id


def _next(request: web.Request, last: Owed) -> str:
    kept = {key: text for key, text in request.query.items() if key not in {"na", "bericht"} and text}
    return str(request.rel_url.with_query({**kept, "na": place_of(last)}))


def _owed(row: Owed, cards: Cards, language: Language, moment: datetime) -> OwedView:
    issue = row.issue
    return OwedView(
        path=actor_path(row.actor),
        title=row.actor.name or row.actor.handle,
        question=issue.question,
        language=issue.language if issue.language != language.code else None,
        host=cards.who(row.host) if row.host is not None else None,
        promised=cards.day(row.feedback_by),
        days=days_over(language, row.feedback_by, moment),
        waiting=row.waiting,
        themes=cards.themes(row.themes),
    )


def _debtor(debtor: Debtor, cards: Cards, language: Language, moment: datetime, names: dict[str, str]) -> DebtorView:
    host = debtor.host
    name = (host.name or host.handle) if host is not None else names.get(debtor.domain, debtor.domain)
    return DebtorView(
        name,
        f"{PATH}?host={host.id}" if host is not None else f"{PATH}?instance={quote(debtor.domain)}",
        debtor.issues,
        cards.day(debtor.since),
        days_over(language, debtor.since, moment),
    )
