"""Lists of blocked and limited servers as Mastodon writes them (``domain_blocks.csv``): given out, and taken in.

What a list would change is shown before anything is done, and each server is then decided about on its own.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.kinds import Role
from actors.moderation.kinds import ServerPolicy
from actors.moderation.known import decided_servers, policies_now
from actors.moderation.servers import LONGEST_REASON, ServerRefused, domain_in
from actors.sanitize import clean_line
from outbox.servers import treat_server
from web.keys import DATABASE, SITE
from web.pages.asked import person_with, see_other, text_in
from web.pages.moderation.servers import PATH
from web.pages.moderation.words import POLICIES
from web.pages.paths import with_notice
from web.pages.spreadsheets import harmless
from web.render import language_of, render

LIST = f"{PATH}/lijst"
_COLUMNS = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate")
_SEVERITIES = {"suspend": ServerPolicy.SUSPENDED, "silence": ServerPolicy.LIMITED}
_MOST = 1_000
_LONGEST = 200_000


@dataclass(frozen=True)
class Line:
    """One server of a list."""

    domain: str
    policy: ServerPolicy
    reason: str


@dataclass(slots=True)
class LineView:
    """One server of a list, and what would change."""

    domain: str
    now: str
    then: str
    reason: str
    changes: bool


async def give(request: web.Request) -> web.Response:
    """Answer with our list."""
    me = person_with(request, Role.MODERATOR).actor
    async with request.app[DATABASE].writing() as session:
        rows = await decided_servers(session)
        note_act(session, me.id, "server-list-exported", now=now())
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    severities = {policy: severity for severity, policy in _SEVERITIES.items()}
    for row in rows:
        severity = severities[ServerPolicy(row.policy)]
        writer.writerow([row.domain, severity, "False", "False", harmless(row.policy_reason), "False"])
    return web.Response(
        body=written.getvalue().encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="domain_blocks.csv"',
            "Cache-Control": "private, no-store",
        },
    )


async def form(request: web.Request) -> web.Response:
    """Answer with the form to take a list in."""
    person_with(request, Role.MODERATOR)
    return render(
        request, "moderation/server_list.html", errors={}, text="", lines=[], left_out=0, more=0, longest=_LONGEST
    )


async def take(request: web.Request) -> web.Response:
    """Show what a list would change; do it when that was seen."""
    me = person_with(request, Role.MODERATOR).actor
    given, language = await request.post(), language_of(request)
    text = text_in(given, "text")
    lines, left_out = read_list(text, own=request.app[SITE].domain)
    async with request.app[DATABASE].reading() as session:
        treated = await policies_now(session, [line.domain for line in lines])
    changing = [line for line in lines if treated.get(line.domain) != line.policy]
    if text_in(given, "stap") == "doen" and changing:
        for line in changing:
            await treat_server(request.app[DATABASE], line.domain, line.policy, line.reason, by=me.id, now=now())
        return see_other(with_notice(PATH, "lijst"))
    errors = {} if lines else {"text": language.gettext("There is no server in this list.")}
    return render(
        request,
        "moderation/server_list.html",
        status=200 if lines else 422,
        errors=errors,
        text=text,
        lines=[
            LineView(
                line.domain,
                language.word(POLICIES[ServerPolicy(treated.get(line.domain, ServerPolicy.OPEN))]),
                language.word(POLICIES[line.policy]),
                line.reason,
                line in changing,
            )
            for line in lines
        ],
        left_out=left_out,
        more=len(changing),
        longest=_LONGEST,
    )


def read_list(text: str, *, own: str) -> tuple[list[Line], int]:
    """Return the servers of a list, each once, and how many lines are left out: no server, ours, or nothing to do.

    >>> read_list("#domain,#severity,#public_comment\\nbad.example,suspend,Spam", own="tilburg.example")
    ([Line(domain='bad.example', policy=<ServerPolicy.SUSPENDED: 'suspended'>, reason='Spam')], 0)
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(text.replace("\0", ""))) if any(row)]
    except csv.Error:
        return [], 0
    if not rows:
        return [], 0
    places = {name.strip().lstrip("#").lower(): place for place, name in enumerate(rows[0])}
    if "domain" in places:
        rows = rows[1:]
    else:
        places = {"domain": 0, "severity": 1}
    lines: dict[str, Line] = {}
    for row in rows[:_MOST]:
        line = _read_line(row, places, own)
        if line is not None:
            lines[line.domain] = line
    return list(lines.values()), len(rows) - len(lines)


def _read_line(row: list[str], places: dict[str, int], own: str) -> Line | None:
    def cell(names: Iterable[str]) -> str:
        return next((row[places[name]] for name in names if name in places and places[name] < len(row)), "")

    policy = _SEVERITIES.get(cell(["severity"]).strip().lower() or "suspend")
    try:
        domain = domain_in(cell(["domain"]), own)
    except ServerRefused:
        return None
    reason = clean_line(cell(["private_comment", "public_comment"]), LONGEST_REASON)
    return Line(domain, policy, reason) if policy is not None else None
