"""Which mail I get about notifications, and how often; and ending it from a mail, without signing in."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from actors.database import now
from actors.moderation.servers import SERVER_BLOCKED
from actors.people.tables import Account
from outbox.mail.wishes import DEFAULTS, EVERYTHING, Rhythm, choose, next_digest, stop, want_mail_again, wishes_of
from web.forms import repeatable, without_token
from web.keys import CAN_MAIL, DATABASE, VAULT
from web.language import N_
from web.mail.unsubscribe import read_token
from web.pages.asked import browser_of, notice_of, see_other, text_in, word_in
from web.pages.signin.showing import show
from web.render import language_of, render

HERE: Final = "/mijn/meldingen"
MODERATION: Final = "moderation"
"""What only moderators are told of, and are asked about."""
_KINDS: Final[Mapping[str, str]] = {
    "outcome": N_("Somebody tells what was done with your contribution"),
    "mention": N_("Somebody mentions you"),
    "reply": N_("Somebody answers you"),
    "report": N_("A moderator looked at your report"),
    "role": N_("Somebody offers you a role, or you may do more or less here"),
    MODERATION: N_("A report or an objection waits for the moderators"),
    "agreement": N_("Something happens with an agreement of yours"),
    "meeting": N_("Something happens with a meeting that you come to"),
    "signal": N_("Somebody sends a signal, or answers yours"),
    "advice": N_("Somebody asks your network for advice, or gives it"),
    "issue": N_("An issue that you follow goes on"),
    "follow_request": N_("Somebody wants to follow you"),
    SERVER_BLOCKED: N_("A server is blocked on which you follow somebody"),
    "follow": N_("Somebody follows you"),
    "announce": N_("Somebody shares your contribution"),
    "like": N_("Somebody appreciates your contribution"),
}
_RHYTHMS: Final[Mapping[Rhythm, str]] = {
    Rhythm.AT_ONCE: N_("At once"),
    Rhythm.DAILY: N_("Every morning"),
    Rhythm.WEEKLY: N_("Every Monday"),
    Rhythm.NEVER: N_("Never"),
}
_SUBJECTS: Final[Mapping[str, str]] = {
    "daily": N_("the mail of every morning"),
    "weekly": N_("the mail of every Monday"),
    EVERYTHING: N_("all mail about notifications"),
}


async def form(request: web.Request) -> web.Response:
    """Answer with what I chose, for each kind of notification."""
    signed_in = browser_of(request)[0]
    me = signed_in.actor
    async with request.app[DATABASE].reading() as session:
        wishes = (await wishes_of(session, [me.id]))[me.id]
        account = await session.get_one(Account, me.id)
    language = language_of(request)
    return render(
        request,
        "account/mail_wishes.html",
        errors={},
        notice=notice_of(request, language),
        can_mail=request.app[CAN_MAIL],
        email=account.email,
        wants_none=wishes.wants_none,
        kinds=[
            (kind, language.gettext(_KINDS[kind]), wishes.chosen(kind).value)
            for kind in DEFAULTS
            if kind != MODERATION or signed_in.is_moderator
        ],
        rhythms=[(rhythm.value, language.gettext(word)) for rhythm, word in _RHYTHMS.items()],
        morning=language.time_of(next_digest(Rhythm.DAILY, now())),
    )


@repeatable
async def change(request: web.Request) -> web.Response:
    """Keep what I chose."""
    me = browser_of(request)[0].actor
    given = await request.post()
    rhythms = {kind: rhythm for kind in DEFAULTS if (rhythm := word_in(Rhythm, text_in(given, f"rhythm-{kind}")))}
    if text_in(given, "none"):
        rhythms[EVERYTHING] = Rhythm.NEVER
    async with request.app[DATABASE].writing() as session:
        if EVERYTHING not in rhythms:
            await want_mail_again(session, me.id)
        await choose(session, me.id, rhythms)
    return see_other(f"{HERE}?bericht=bewaard")


async def unsubscribe_form(request: web.Request) -> web.Response:
    """Answer with one button that ends mail of this kind: a look by a program that checks links must end nothing."""
    _, subject = _asked(request)
    return _unsubscribing(request, subject, done=False)


@without_token
@repeatable
async def unsubscribe(request: web.Request) -> web.Response:
    """End mail of this kind, or all of it: from the page, or by the mail program itself (RFC 8058)."""
    account_id, subject = _asked(request)
    wanted = EVERYTHING if text_in(await request.post(), "all") else subject
    async with request.app[DATABASE].writing() as session:
        if await session.get(Account, account_id) is not None:
            await stop(session, account_id, wanted)
    return _unsubscribing(request, wanted, done=True)


def _asked(request: web.Request) -> tuple[int, str]:
    found = read_token(request.app[VAULT], request.match_info["token"])
    if found is None:
        raise web.HTTPNotFound
    return found


def _unsubscribing(request: web.Request, subject: str, *, done: bool) -> web.Response:
    language = language_of(request)
    word = _SUBJECTS.get(subject) or _KINDS.get(subject)
    return show(
        request,
        "unsubscribe.html",
        errors={},
        subject=language.gettext(word) if word else "",
        is_everything=subject == EVERYTHING,
        done=done,
        action=request.path,
    )
