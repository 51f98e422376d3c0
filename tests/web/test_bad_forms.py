"""Whatever is sent to whichever form: an answer that says what is wrong, no error of ours, and nothing let in."""

import inspect
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import FormData, web

from actors.actor import Actor
from actors.database import Database
from tests.actors.cast import issue_here, said, the_instance
from tests.web.pages.browser import Page, Pages
from web.activitypub.arrivals import inbox
from web.limits import Limits

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
HOSTILE = {
    "nothing": "",
    "markup": "\"'><script>alert(1)</script>",
    "address": "javascript:alert(1)",
    "link": "[x](javascript:alert(1))",
    "turned": "\u202etxt.exe\u2066",
    "nul": "a\0b",
    "half a character": "a\ud800b\udfff",
    "number": "-9" * 40,
    "not a number": "NaN",
    "digits of others": "١٢٣",
    "long": "x" * 300_000,
    "lines": "a\r\nSet-Cookie: a=b\r\n\r\n",
}
PLAUSIBLE = {
    "name": "Karin", "title": "Een titel", "question": "Wat?", "why": "Daarom", "source": "Tekst", "text": "Tekst",
    "summary": "Kort", "email": "a@example.org", "password": "vier-woorden-op-rij", "handle": "nieuw",
    "feedback_by": "2031-01-31", "language": "nl", "phase": "agenda", "themes": "resilience", "kind": "guide",
    "reason": "Daarom", "domein": "elders.example", "beleid": "limited", "stap": "bekijk", "terug": "/kennis",
}  # fmt: skip


@dataclass
class Form:
    """An address that takes a form, and the names that its code or the templates know."""

    path: str
    names: list[str]


def forms_of(app: web.Application) -> list[Form]:
    """Return every address for people that takes a POST."""
    known = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(
            r"""(?:name="|(?:field|textarea|select|radios|checks|checkbox)\(')([a-z_]+)""", path.read_text("utf-8")
        )
    }
    found = []
    for route in app.router.routes():
        if route.method != "POST" or route.resource is None or inspect.unwrap(route.handler) is inbox:
            continue
        if route.resource.canonical.endswith("/inbox"):
            continue
        code = inspect.getsource(sys.modules[inspect.unwrap(route.handler).__module__])
        names = sorted(known & set(re.findall(r"['\"]([a-z_]+)['\"]", code)) | {"terug"})
        found.append(Form(route.resource.canonical, names))
    return found


@pytest.fixture
async def pages(database: Database, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages of an instance without limits on how often somebody tries."""
    async with database.writing() as session:
        await issue_here(session, await the_instance(session))
    pages = Pages(database, tmp_path / "documents", limits=Limits(enabled=False))
    await pages.client.start_server()
    yield pages
    await pages.client.close()


class Sender:
    """Sends forms as an administrator, and judges what comes back."""

    def __init__(self, pages: Pages, karin: Actor, words: dict[str, str]) -> None:
        self.pages = pages
        self.karin = karin
        self.words = words
        self.faults: list[str] = []
        self.token: list[tuple[str, str]] = []

    async def send(self, path: str, fields: list[tuple[str, str]], told: str) -> None:
        """Send fields as a browser would, and as none would."""
        token = await self._token()
        body = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in fields + token)
        page = await self.pages.post(
            path,
            body.encode(),
            Content_Type="application/x-www-form-urlencoded",  # type: ignore[arg-type]
        )
        self.judge(page, f"{path}, {told}")

    async def send_files(self, path: str, names: list[str]) -> None:
        """Send every field as a file with a bad name, and more than once."""
        form = FormData(dict(await self._token()))
        for name in names * 2:
            form.add_field(
                name, b"GIF89a\0<script>", filename='../../"<script>\u202e.svg', content_type="image/svg+xml"
            )
        self.judge(await self.pages.post(path, form), f"{path}, files")

    def judge(self, page: Page, told: str) -> None:
        """Note what may not be."""
        if page.status >= 500:
            self.faults.append(f"{page.status} from {told}")
        is_page = page.headers.get("Content-Type", "").startswith("text/html")
        if is_page and (
            "<script>alert" in page.markup or re.search(r"""(href|src|action)=["']?javascript:""", page.markup)
        ):
            self.faults.append(f"let in by {told}")
        if page.location and not page.location.startswith("/"):
            self.faults.append(f"led away by {told}: {page.location[:100]}")

        if page.status == 403 or "Set-Cookie" in page.headers:
            self.token.clear()

    async def _token(self) -> list[tuple[str, str]]:
        if not self.token:
            if "csrf" not in (found := await self.pages.hidden("/mijn/profiel")):
                await self.pages.be(self.karin)
                found = await self.pages.hidden("/mijn/profiel")
            self.token = [("csrf", found["csrf"])]
        return self.token


@pytest.fixture
async def sender(pages: Pages, database: Database) -> Sender:
    karin, bram = await pages.sign_in(admin=True), await pages.person("bram")
    async with database.writing() as session:
        post = await said(session, bram)
    words = {"handle": "jeugd", "id": str(post.id), "text": "rules", "language": "nl", "provider": "oidc"}
    return Sender(pages, karin, words)


def filled(path: str, words: dict[str, str]) -> str:
    """Return an address with words in its places."""
    return re.sub(r"\{([a-z]+)\}", lambda found: words.get(found[1], "x" * 43), path)


async def test_every_form_withstands_bad_words_in_all_its_fields(sender: Sender) -> None:
    for form in forms_of(sender.pages.app):
        path = filled(form.path, sender.words)
        for kind, bad in HOSTILE.items():
            await sender.send(path, [(name, bad[: 200_000 // len(form.names)]) for name in form.names], kind)
        await sender.send(path, [(form.names[0], HOSTILE["long"])], "a field that is too long")
    assert not sender.faults


async def test_every_form_withstands_one_bad_field_among_good_ones(sender: Sender) -> None:
    kinds = cycle(HOSTILE.items())
    for form in forms_of(sender.pages.app):
        path = filled(form.path, sender.words)
        for name in form.names:
            others = [(other, PLAUSIBLE[other]) for other in form.names if other in PLAUSIBLE and other != name]
            for kind, bad in islice(kinds, 5):
                await sender.send(path, [*others, (name, bad[:50_000])], f"{kind} in {name}")
    assert not sender.faults


async def test_every_form_withstands_files_lists_and_addresses_that_are_none(sender: Sender) -> None:
    for form in forms_of(sender.pages.app):
        path = filled(form.path, sender.words)
        await sender.send_files(path, form.names)
        await sender.send(path, [], "no fields")
        await sender.send(
            path, [(f"{name}{more}", "a") for name in form.names for more in ("", "[]", "[a]")] * 3, "lists"
        )
        for word in ("%00", "%ED%A0%80", "9" * 40, "-1", "%3Cscript%3Ealert%281%29"):
            strange = filled(form.path, dict.fromkeys(sender.words, word))
            await sender.send(strange, [(name, PLAUSIBLE.get(name, "1")) for name in form.names], "a strange address")
    assert not sender.faults
