"""Feedback that is owed, for programs: as JSON, a page at a time, and as an Atom feed (RFC 4287)."""

from datetime import datetime, timedelta
from typing import Final
from xml.etree import ElementTree

from aiohttp import web

from actors.database import now
from actors.kinds import Theme
from actors.knowledge.owed import Owed, OwedFilter, debtors, owed_feedback
from actors.serialize.moments import stamp
from federation.documents import JsonObject, dump
from web.cache import SHARED
from web.keys import DATABASE, LANGUAGES, SITE
from web.language import Language
from web.pages.asked import id_in, word_in
from web.pages.outcomes.owed import PATH, day_began, days_over, place_in, place_of
from web.pages.paths import actor_path

API_PATH: Final = "/api/samenspraak/v1/feedback-owed"
FEED_PATH: Final = f"{PATH}.atom"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_A_PAGE: Final = 40
_IN_FEED: Final = 100


async def as_json(request: web.Request) -> web.Response:
    """Answer with a page of issues whose feedback is overdue, the oldest promise first."""
    site, language, moment = request.app[SITE], _language(request), now()
    wanted, today = _wanted(request), day_began(language, moment)
    async with request.app[DATABASE].reading() as session:
        rows = await owed_feedback(
            session, today, wanted, after=place_in(request.query.get("after")), limit=_A_PAGE + 1
        )
        owing = await debtors(session, today, wanted)
    shown = rows[:_A_PAGE]
    following = None
    if len(rows) > _A_PAGE:
        kept = {name: value for name in ("host", "domain", "theme") if (value := request.query.get(name))}
        following = f"{site.base_url}{request.rel_url.with_query({**kept, 'after': place_of(shown[-1])})}"
    body: JsonObject = {
        "total": sum(debtor.issues for debtor in owing),
        "organisations": [
            {
                "uri": debtor.host.uri if debtor.host is not None else None,
                "name": (debtor.host.name or debtor.host.handle) if debtor.host is not None else debtor.domain,
                "domain": debtor.domain,
                "issues": debtor.issues,
                "oldest_promise": stamp(debtor.since),
            }
            for debtor in owing
        ],
        "items": [
            {
                "issue": row.actor.uri,
                "url": f"{site.base_url}{actor_path(row.actor)}",
                "name": row.actor.name or row.actor.handle,
                "question": row.issue.question,
                "host": row.host.uri if row.host is not None else None,
                "host_name": (row.host.name or row.host.handle) if row.host is not None else None,
                "feedback_by": stamp(row.feedback_by),
                "days_over": days_over(language, row.feedback_by, moment),
                "people_waiting": row.waiting,
                "themes": row.themes,
            }
            for row in shown
        ],
        "next": following,
    }
    return _shared(dump(body), "application/json; charset=utf-8")


async def as_feed(request: web.Request) -> web.Response:
    """Answer with an entry for each issue whose feedback is overdue, the last to become so first."""
    language, moment = _language(request), now()
    async with request.app[DATABASE].reading() as session:
        rows = await owed_feedback(session, day_began(language, moment), _wanted(request), limit=_IN_FEED)
    return _shared(_feed(request, rows, language), "application/atom+xml; charset=utf-8")


def _wanted(request: web.Request) -> OwedFilter:
    query = request.query
    domain = query.get("domain", "")
    return OwedFilter(
        id_in(query.get("host")),
        domain if 0 < len(domain) <= 253 and domain.isprintable() else None,
        word_in(Theme, query.get("theme")),
    )


def _feed(request: web.Request, rows: list[Owed], language: Language) -> bytes:
    site = request.app[SITE]
    address = f"{site.base_url}{PATH}"
    feed = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": language.code})
    _add(feed, "id", address)
    _add(feed, "title", language.gettext("Feedback that was promised and has not come"))
    ElementTree.SubElement(feed, "link", {"href": address, "rel": "alternate", "type": "text/html"})
    ElementTree.SubElement(feed, "link", {"href": f"{site.base_url}{FEED_PATH}", "rel": "self"})
    ordered = sorted(rows, key=lambda row: (row.feedback_by, row.actor.id), reverse=True)
    # An empty feed has a date of its own: when nothing is owed any more is nowhere kept.
    _add(feed, "updated", stamp(_overdue_since(ordered[0], language) if ordered else day_began(language, now())))
    for row in ordered:
        entry = ElementTree.SubElement(feed, "entry")
        _add(entry, "id", f"{row.actor.uri}#beloofd-{row.feedback_by.astimezone(language.zone).date().isoformat()}")
        _add(entry, "title", row.actor.name or row.actor.handle)
        href = f"{site.base_url}{actor_path(row.actor)}"
        ElementTree.SubElement(entry, "link", {"href": href, "rel": "alternate", "type": "text/html"})
        _add(entry, "updated", stamp(_overdue_since(row, language)))
        author = ElementTree.SubElement(entry, "author")
        _add(author, "name", (row.host.name or row.host.handle) if row.host is not None else row.actor.domain)
        for theme in row.themes:
            ElementTree.SubElement(entry, "category", {"term": _clean(theme)})
        told = language.ngettext(
            "Feedback was promised for %(day)s. %(count)s person waits for an answer.",
            "Feedback was promised for %(day)s. %(count)s people wait for an answer.",
            row.waiting,
        )
        _add(entry, "summary", told % {"day": language.date_of(row.feedback_by), "count": row.waiting})
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _overdue_since(row: Owed, language: Language) -> datetime:
    return day_began(language, row.feedback_by) + timedelta(days=1)


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return "".join(one for one in text if one in "\t\n" or (one >= " " and one not in "\ufffe\uffff"))


def _language(request: web.Request) -> Language:
    # One answer for all who ask: in Dutch, which the house speaks first.
    return request.app[LANGUAGES]["nl"]


def _shared(body: bytes, media_type: str) -> web.Response:
    headers = {
        "Content-Type": media_type, "Cache-Control": "public, no-cache", "Vary": "Accept",
        "Access-Control-Allow-Origin": "*",
    }  # fmt: skip
    response = web.Response(body=body, headers=headers)
    response[SHARED] = True
    return response
