"""Other servers: how each is treated and why; and a decision about one, with what breaks shown before it is taken."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from actors.database import now
from actors.instances.tables import Instance
from actors.kinds import Role
from actors.moderation.kinds import ServerPolicy
from actors.moderation.known import Breaks, KnownServer, breaks_with, known_servers
from actors.moderation.servers import LONGEST_REASON, ServerRefused, domain_in
from actors.sanitize import is_storable
from outbox.report import waiting_for
from outbox.servers import treat_server
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import line_in, next_page, person_with, see_other, text_in, word_in
from web.pages.cards import Cards, cards_for
from web.pages.moderation.words import POLICIES, POLICY_ACTS, POLICY_MEANINGS, told
from web.pages.paths import with_notice
from web.pages.views import When
from web.render import language_of, render

PATH = "/beheer/servers"
DECIDE = f"{PATH}/besluit"
_A_PAGE = 50


@dataclass(slots=True)
class ServerView:
    """A server in a list."""

    domain: str
    name: str
    software: str
    policy: str
    word: str
    reason: str
    since: When | None
    actors: int


async def overview(request: web.Request) -> web.Response:
    """Answer with the servers that we know, a page of them."""
    person_with(request, Role.MODERATOR)
    return await _list(request, {}, "", "")


async def choose(request: web.Request) -> web.Response:
    """Answer with what a decision about a server would break, and the form that takes it; nothing is done yet."""
    person_with(request, Role.MODERATOR)
    typed, chosen = request.query.get("domein", "")[:500], request.query.get("beleid", "")
    language, policy = language_of(request), word_in(ServerPolicy, chosen)
    try:
        domain = domain_in(typed, request.app[SITE].domain)
    except ServerRefused as error:
        return await _list(request, {"domein": _fault(error, language)}, typed, chosen, status=422)
    if policy is None:
        return await _list(request, {"beleid": language.gettext("Choose what you want.")}, typed, chosen, status=422)
    return await _preview(request, domain, policy, None, {})


async def decide(request: web.Request) -> web.Response:
    """Take the decision that was looked at."""
    me = person_with(request, Role.MODERATOR).actor
    given, language = await request.post(), language_of(request)
    policy, reason = word_in(ServerPolicy, text_in(given, "beleid")), text_in(given, "reason")
    try:
        domain = domain_in(line_in(given, "domein"), request.app[SITE].domain)
    except ServerRefused as error:
        return await _list(request, {"domein": _fault(error, language)}, line_in(given, "domein"), "", status=422)
    if policy is None:
        return await _list(request, {"beleid": language.gettext("Choose what you want.")}, domain, "", status=422)
    if not reason and policy is not ServerPolicy.OPEN:
        fault = language.gettext("Write down why. Other moderators read it later.")
        return await _preview(request, domain, policy, reason, {"reason": fault}, status=422)
    if len(reason) > LONGEST_REASON or not is_storable(reason):
        fault = language.gettext("Your text is too long, or has signs that we cannot keep.")
        return await _preview(request, domain, policy, reason, {"reason": fault}, status=422)
    await treat_server(request.app[DATABASE], domain, policy, reason, by=me.id, now=now())
    return see_other(with_notice(f"{PATH}?zoek={domain}", "server"))


async def _list(
    request: web.Request, errors: Mapping[str, str], typed: str, chosen: str, *, status: int = 200
) -> web.Response:
    query, language, cards = request.query, language_of(request), cards_for(request)
    wanted = word_in(ServerPolicy, query.get("welke"))
    containing, after = query.get("zoek", "").strip()[:200], query.get("na")
    if not is_storable(containing) or not is_storable(after or ""):
        containing, after = "", None
    async with request.app[DATABASE].reading() as session:
        found = await known_servers(session, containing=containing, policy=wanted, after=after, limit=_A_PAGE + 1)
    shown = found[:_A_PAGE]
    return render(
        request,
        "moderation/servers.html",
        status=status,
        errors=errors,
        notice=told(request, language),
        servers=[_view(server, language, cards) for server in shown],
        more=_more(request, shown[-1].domain if len(found) > _A_PAGE else None),
        containing=containing,
        which=wanted.value if wanted is not None else "",
        filters=[(policy.value, language.word(POLICIES[policy])) for policy in POLICIES if policy != ServerPolicy.OPEN],
        policies=[
            (policy.value, language.gettext(word), language.gettext(POLICY_MEANINGS[policy]))
            for policy, word in POLICY_ACTS.items()
            if policy is not ServerPolicy.OPEN
        ],
        typed=typed,
        chosen=chosen,
    )


def _more(request: web.Request, after: str | None) -> str | None:
    if after is None:
        return None
    # The names of servers stand in for the ids by which other lists are paged.
    path = next_page(request, "na", 0)
    return f"{path[:-1]}{after}" if path is not None else None


def _view(server: KnownServer, language: Language, cards: Cards) -> ServerView:
    row = server.instance or Instance(domain=server.domain, name="", software="", software_version="", policy_reason="")
    return ServerView(
        domain=server.domain,
        name=row.name,
        software=f"{row.software} {row.software_version}".strip(),
        policy=server.policy.value,
        word=language.word(POLICIES[server.policy]),
        reason=row.policy_reason,
        since=cards.day(row.policy_at) if row.policy_at is not None else None,
        actors=server.actors,
    )


async def _preview(
    request: web.Request,
    domain: str,
    policy: ServerPolicy,
    reason: str | None,
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> web.Response:
    language, cards = language_of(request), cards_for(request)
    async with request.app[DATABASE].reading() as session:
        breaks = await breaks_with(session, domain)
        waiting = await waiting_for(session, domain)
        row = await session.get(Instance, domain)
    server = KnownServer(domain, row, breaks.people)
    return render(
        request,
        "moderation/server_decision.html",
        status=status,
        errors=errors,
        server=_view(server, language, cards),
        policy=policy.value,
        act=language.gettext(POLICY_ACTS[policy]),
        meaning=language.gettext(POLICY_MEANINGS[policy]),
        breaks=told_breaks(breaks, waiting, policy, language),
        is_same=server.policy is policy,
        reason=reason if reason is not None else (row.policy_reason if row is not None else ""),
        longest=LONGEST_REASON,
    )


def told_breaks(breaks: Breaks, waiting: int, policy: ServerPolicy, language: Language) -> list[str]:
    """Return in sentences what a decision breaks, the worst first; none for what is lifted."""
    if policy is ServerPolicy.OPEN:
        return []
    words: list[str] = []

    def tell(singular: str, plural: str, number: int) -> None:
        if number:
            words.append(language.ngettext(singular, plural, number) % {"number": language.number(number)})

    blocked = policy is ServerPolicy.SUSPENDED
    if breaks.links:
        words.append(
            language.gettext("The link with this instance ends. You can link it again later.")
            if blocked
            else language.gettext("This instance is linked. Its issues and knowledge stand in no list any more.")
        )
    if blocked and breaks.followers_here:
        words.append(
            language.gettext("%(here)s here follow %(there)s there. Those follows end and do not come back.")
            % {"here": _people(breaks.followers_here, language), "there": _people(breaks.followed_there, language)}
        )
    if blocked and breaks.followers_there:
        words.append(
            language.gettext("%(there)s there follow %(here)s here. Those follows end and do not come back.")
            % {"here": _people(breaks.followed_here, language), "there": _people(breaks.followers_there, language)}
        )
    counted = [
        (breaks.issues, language.ngettext(
            "%(number)s issue that people here follow is not shown in lists any more.",
            "%(number)s issues that people here follow are not shown in lists any more.",
            breaks.issues,
        )),
        (breaks.products, language.ngettext(
            "%(number)s knowledge product is not shown in lists any more.",
            "%(number)s knowledge products are not shown in lists any more.",
            breaks.products,
        )),
    ]  # fmt: skip
    if blocked:
        counted += [
            (breaks.members, language.ngettext(
                "%(number)s membership in a network here gets no messages any more.",
                "%(number)s memberships in networks here get no messages any more.",
                breaks.members,
            )),
            (breaks.contributions, language.ngettext(
                "%(number)s contribution in conversations here is not shown any more.",
                "%(number)s contributions in conversations here are not shown any more.",
                breaks.contributions,
            )),
            (waiting, language.ngettext(
                "%(number)s message that waits for this server is given up.",
                "%(number)s messages that wait for this server are given up.",
                waiting,
            )),
        ]  # fmt: skip
    return [*words, *(text % {"number": language.number(number)} for number, text in counted if number)]


def _people(number: int, language: Language) -> str:
    told = language.ngettext("%(number)s account", "%(number)s accounts", number)
    return told % {"number": language.number(number)}


def _fault(error: ServerRefused, language: Language) -> str:
    if error.args[0] == "ours":
        return language.gettext("This is your own server.")
    return language.gettext("Write the name of a server, such as voorbeeld.nl.")
