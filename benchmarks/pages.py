"""Pages: how long each takes on an instance with 10,000 issues and 200,000 contributions, and what it weighs.

The real server in one process, asked one page after the other over one connection, so that what is
measured is the page and not the queue before it. *anyone* is not signed in, and asks for another address
each time, so that nothing comes from the cache of shared answers; *signed in* is never kept at all.

The weight is everything that a browser gets on its first visit, as it is sent: HTML, style sheets, scripts
and fonts. Pictures do not count.
"""

import http.client
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import brotli
import psutil

from actors.database import Database, now
from actors.keys import make_pair
from actors.kinds import ActorKind, Phase, Role, Theme
from actors.local import create_actor, own_organisation
from actors.people.accounts import add_account
from actors.people.sessions import open_session
from benchmarks.harness import cpu_seconds, ground, peak_mb, process
from benchmarks.reads import answered, environment_of
from benchmarks.seeding import Amounts, Seeded, seed
from deploy.commands.making import make_organisation
from deploy.migrate import upgrade_database
from deploy.settings import Settings
from deploy.wiring import wire
from tests.support.weight import weight_of_files
from web.visitor import SESSION_COOKIE

AIM_MS: Final = 50.0
AIM_KB: Final = 150.0
_TIMES: Final = 60
_WARM_UP: Final = 5


@dataclass(frozen=True)
class Page:
    """A page to ask for: ``path`` gives the address of the n-th request."""

    name: str
    path: Callable[[int], str]
    signed_in: bool = False


@dataclass(frozen=True)
class Answer:
    """A page: in how many milliseconds it came, how many bytes were sent, and its HTML."""

    took: float
    sent: int
    html: str


@dataclass
class Asking:
    """One kept connection to the server, and what it answered."""

    port: int
    secret: str
    _connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str, *, signed_in: bool) -> Answer:
        """Ask for a page. Raises `RuntimeError` unless it is answered with 200."""
        headers = {
            "Host": "bench.example", "Accept": "text/html", "Accept-Language": "nl", "Accept-Encoding": "br",
        }  # fmt: skip
        if signed_in:
            headers["Cookie"] = f"{SESSION_COOKIE}={self.secret}"
        started = time.perf_counter()
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}")
        coding = answer.headers.get("Content-Encoding", "identity")
        return Answer(took, len(body), (brotli.decompress(body) if coding == "br" else body).decode())


async def run(*, database: str = "sqlite", amounts: Amounts | None = None, times: int = _TIMES) -> list[dict[str, Any]]:
    """Measure; returns a row a page."""
    with ground(database) as place:
        environment = environment_of(place)
        settings = Settings.from_environment(environment)
        started = time.perf_counter()
        made, secret = await prepare(settings, amounts or Amounts())
        seeding = time.perf_counter() - started
        # Without workers: the servers whose issues it shows are not there to be asked anything.
        serve = ("deploy.cli", "serve", "--no-workers")
        with process(*serve, environment=environment, quiet=True) as server:
            await answered(settings.port)
            asking = Asking(settings.port, secret)
            root = psutil.Process(server.pid)
            rows = [{"database": database, **_measure(asking, root, page, times)} for page in pages(made)]
            peak = peak_mb(root)
            over = [row["name"] for row in rows if row["p95_of_aim"] > 1 or row["kb_of_aim"] > 1]
            summary = {
                "name": f"pages, {database}",
                "seeding_seconds": seeding,
                "peak_rss_mb": peak,
                "over_aim": ", ".join(over),
            }
            return [*rows, summary]


async def prepare(settings: Settings, amounts: Amounts) -> tuple[Seeded, str]:
    """Make an instance and fill it; returns what was made, and the secret of an administrator's session."""
    settings.check_data_dir()
    settings.make_secret()
    await upgrade_database(Database(settings.database_url))
    await make_organisation(
        settings, name="Gemeente Tilburg", identifier=None, kind="organisation", handle="tilburg", summary=""
    )
    async with wire(settings) as parts:
        pair = await make_pair()
        async with parts.database.writing() as session:
            host = await own_organisation(session)
            karin = await create_actor(
                session, parts.site, parts.keys, pair, kind=ActorKind.PERSON, handle="karin", name="Karin", now=now()
            )
            account = await add_account(
                session, karin, email="karin@example.org", password_hash=None, now=now(),
                roles=frozenset({Role.ADMINISTRATOR}),
            )  # fmt: skip
            secret = await open_session(session, account, now=now())
        made = await seed(parts.database, parts.site, host, reader=karin, now=now(), how=amounts)
    return made, secret


def pages(made: Seeded) -> list[Page]:
    """Return what is measured."""
    themes, phases = list(Theme), list(Phase)
    handles, ids, products = made.handles_of_people, made.issue_ids, made.product_ids

    def conversed(number: int) -> str:
        return f"/vraagstukken/{made.conversed_issues[number % len(made.conversed_issues)]}?nr={number}"

    def long(number: int) -> str:
        return f"/vraagstukken/{made.long_issues[number % len(made.long_issues)]}?nr={number}"

    def themed(number: int) -> str:
        return f"/vraagstukken?theme={themes[number % len(themes)]}&phase={phases[number % len(phases)]}&nr={number}"

    def older(number: int) -> str:
        return f"/vraagstukken?before={ids[-1 - number * 50 % len(ids)]}"

    def product(number: int) -> str:
        return f"/kennis/{products[-1 - number % len(products)]}?nr={number}"

    def person(number: int) -> str:
        return f"/personen/{handles[number % len(handles)]}?nr={number}"

    def numbered(path: str) -> Callable[[int], str]:
        return lambda number: f"{path}{'&' if '?' in path else '?'}nr={number}"

    for_all = {
        "front": numbered("/"), "issues": numbered("/vraagstukken"), "issues, older": older,
        "issues, theme and phase": themed, "issue with 40": conversed, "issue with 2,000": long,
        "knowledge": numbered("/kennis"), "knowledge, theme": numbered("/kennis?theme=polarisation"),
        "product": product, "person": person, "organisation": numbered("/organisaties/tilburg"),
        "network": numbered("/netwerk"), "network, owed": numbered("/netwerk?owed=1"),
    }  # fmt: skip
    for_some = {
        "notifications": "/meldingen", "notifications, unread": "/meldingen?toon=ongelezen", "start": "/beheer",
        "people": "/beheer/mensen", "people, searched": "/beheer/mensen?zoek=persoon+2", "log": "/beheer/logboek",
        "log of one": "/beheer/logboek?wie=persoon12", "reports": "/beheer/meldingen",
        "reports, handled": "/beheer/meldingen?welke=handled", "servers": "/beheer/servers",
        "links": "/beheer/koppelingen", "delivery": "/beheer/bezorging",
    }  # fmt: skip
    return [
        *(Page(name, path) for name, path in for_all.items()),
        *(Page(name, path, signed_in=True) for name, path in for_all.items()),
        *(Page(name, numbered(path), signed_in=True) for name, path in for_some.items()),
    ]


def _measure(asking: Asking, root: psutil.Process, page: Page, times: int) -> dict[str, Any]:
    for number in range(_WARM_UP):
        asking.get(page.path(-1 - number), signed_in=page.signed_in)
    before = cpu_seconds(root)
    found = [asking.get(page.path(number), signed_in=page.signed_in) for number in range(times)]
    used = cpu_seconds(root) - before
    took = sorted(answer.took for answer in found)
    p95 = took[int(len(took) * 0.95)]
    weight = max(answer.sent + weight_of_files(answer.html) for answer in found) / 1000
    return {
        "name": f"{page.name}, {'signed in' if page.signed_in else 'anyone'}",
        "processes": 1,
        "cpu_ms_each": used * 1000 / times,
        "median_ms": statistics.median(took),
        "p95_ms": p95,
        "p95_of_aim": p95 / AIM_MS,
        "kb": weight,
        "kb_of_aim": weight / AIM_KB,
    }
