"""The reports: what waits for a moderator, what is mine, what was handled."""

from dataclasses import dataclass

from aiohttp import web

from actors.kinds import Role
from actors.moderation.kinds import Category
from actors.moderation.queries import ReportRow, Which, count_reports, list_reports
from web.keys import DATABASE
from web.language import N_
from web.pages.asked import id_in, next_page, person_with, word_in
from web.pages.cards import Cards, cards_for
from web.pages.moderation.words import ALL_CATEGORIES, DECIDED, told
from web.pages.prose import excerpt
from web.pages.views import When, Who
from web.render import language_of, render

PATH = "/beheer/meldingen"
_A_PAGE = 30
_TABS = {Which.OPEN: N_("Open"), Which.MINE: N_("Mine"), Which.HANDLED: N_("Handled")}


@dataclass(slots=True)
class ReportView:
    """A report in a list."""

    path: str
    about: Who
    category: str
    is_objection: bool
    comment: str
    by: str
    when: When
    posts: int
    assigned: str
    decided: str


async def overview(request: web.Request) -> web.Response:
    """Answer with a page of reports."""
    me = person_with(request, Role.MODERATOR).actor
    which = word_in(Which, request.query.get("welke")) or Which.OPEN
    async with request.app[DATABASE].reading() as session:
        found = await list_reports(session, which, me=me.id, before=id_in(request.query.get("na")), limit=_A_PAGE + 1)
        counts = await count_reports(session, me=me.id)
    shown = found[:_A_PAGE]
    language, cards = language_of(request), cards_for(request)
    return render(
        request,
        "moderation/reports.html",
        errors={},
        notice=told(request, language),
        tabs=[
            (f"{PATH}?welke={tab.value}", language.gettext(word), counts.get(tab), tab is which)
            for tab, word in _TABS.items()
        ],
        which=which.value,
        reports=[report_view(request, row, cards) for row in shown],
        more=next_page(request, "na", shown[-1].report.id if len(found) > _A_PAGE else None),
    )


def report_view(request: web.Request, row: ReportRow, cards: Cards) -> ReportView:
    """Return a report in words."""
    language, report = language_of(request), row.report
    if row.reporter is None:
        by = language.gettext("somebody who is gone")
    elif row.reporter.is_local:
        by = cards.who(row.reporter).name
    else:
        by = row.reporter.domain
    return ReportView(
        path=f"{PATH}/{report.id}",
        about=cards.who(row.about),
        category=language.gettext(ALL_CATEGORIES[report.category]),
        is_objection=report.category is Category.OBJECTION,
        comment=excerpt(report.comment, 200),
        by=by,
        when=cards.moment(report.created_at),
        posts=row.posts,
        assigned=cards.who(row.assigned).name if row.assigned is not None else "",
        decided=language.word(DECIDED[report.act]) if report.act is not None else "",
    )
