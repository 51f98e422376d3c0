"""The audit log: who did or read what, for whom, when and why; to look in, and to take away as a file."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.audit import note_act
from actors.database import now
from actors.kinds import Role
from actors.local import local_actor
from actors.trail import TrailFilter, read_trail, whole_trail
from web.keys import DATABASE
from web.language import N_, Language
from web.pages.admin.acts import ACTS, EntryView, entry_view
from web.pages.asked import id_in, next_page, person_with
from web.pages.cards import cards_for
from web.pages.spreadsheets import harmless
from web.render import language_of, render

_A_PAGE: Final = 50
_MOST_EXPORTED: Final = 100_000
_COLUMNS: Final = (
    N_("When"), N_("Who"), N_("For whom"), N_("Did what"), N_("About"), N_("Why"), N_("Details"),
)  # fmt: skip


async def overview(request: web.Request) -> web.Response:
    """Answer with the log, newest first, filtered."""
    person_with(request, Role.ADMINISTRATOR)
    language, query = language_of(request), request.query
    before = id_in(query.get("before"))
    async with request.app[DATABASE].reading() as session:
        wanted = await _wanted(session, query, language)
        found = [] if wanted is None else await read_trail(session, wanted, before=before, limit=_A_PAGE + 1)
    shown, cards = found[:_A_PAGE], cards_for(request)
    return render(
        request,
        "admin/log.html",
        errors={},
        entries=[entry_view(noted, cards, language) for noted in shown],
        acts=sorted(((act, language.word(word)) for act, word in ACTS.items()), key=lambda choice: choice[1]),
        act=query.get("wat", ""),
        person=query.get("wie", "")[:100],
        since=_day(query.get("van")) or "",
        until=_day(query.get("tot")) or "",
        is_filtered=any(query.get(name) for name in ("wat", "wie", "van", "tot")),
        older=next_page(request, "before", shown[-1].entry.id if len(found) > _A_PAGE else None),
        is_first=before is None,
    )


async def export(request: web.Request) -> web.Response:
    """Answer with the log as a file for a spreadsheet; that it was taken stands in the log."""
    me, language, cards = person_with(request, Role.ADMINISTRATOR).actor, language_of(request), cards_for(request)
    given = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(language.gettext(name) for name in _COLUMNS)
    count = 0
    async with request.app[DATABASE].reading() as session:
        wanted = await _wanted(session, given, language)
        if wanted is not None:
            async for noted in whole_trail(session, wanted, most=_MOST_EXPORTED):
                rows.writerow(map(harmless, _cells(entry_view(noted, cards, language))))
                count += 1
    async with request.app[DATABASE].writing() as session:
        note_act(session, me.id, "log-exported", now=now(), details={"entries": str(count)})
    return web.Response(
        # The mark tells spreadsheets which encoding it is.
        body=file.getvalue().encode("utf-8-sig", "replace"),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="logboek-{now():%Y-%m-%d}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


def _cells(entry: EntryView) -> list[str]:
    details = "; ".join(f"{name}: {value}" for name, value in entry.details)
    return [entry.when.stamp, entry.by, entry.under, entry.act, entry.about, entry.reason, details]


async def _wanted(session: AsyncSession, given: Mapping[str, str], language: Language) -> TrailFilter | None:
    """Return what is looked for; None when it is a person whom nobody knows."""
    handle, since, until = given.get("wie", "").strip().lstrip("@"), _day(given.get("van")), _day(given.get("tot"))
    person = await local_actor(session, handle) if handle else None
    if handle and person is None:
        return None
    act = given.get("wat", "")
    return TrailFilter(
        act=act if act in ACTS else "",
        person=person,
        since=_start(since, language) if since else None,
        until=_start(until, language) + timedelta(days=1) if until else None,
    )


def _day(text: str | None) -> str | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    # Ids tell the time from 1970 on, and the database can hold no number past the year 2200.
    return found.isoformat() if 1970 < found.year < 2200 else None


def _start(day: str, language: Language) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.min, language.zone).astimezone(UTC)
