"""Somebody at a browser of their own: what they do on the pages, and everything that goes wrong there."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser import axe
from tests.browser.instance import PASSWORD, LocalInstance
from tests.browser.words import words_of_another_language

WIDE = (1280, 800)
NARROW = (320, 640)
OTHER_LANGUAGE = {"nl": "en", "en": "nl"}

_CHOOSE_LANGUAGE = """async (code) => {
    const form = new FormData(document.querySelector('form[action="/taal"]'));
    form.set("language", code);
    await fetch("/taal", { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
}"""
_IS_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_SETTLED = "Promise.allSettled(document.getAnimations().map((one) => one.finished))"


class Visitor:
    """One browser context with one page; ``troubles`` are errors, breaches of the policy and requests elsewhere."""

    def __init__(
        self,
        instance: LocalInstance,
        context: BrowserContext,
        page: Page,
        others: frozenset[str],
        *,
        has_scripts: bool = True,
    ) -> None:
        self.instance = instance
        self.context = context
        self.page = page
        self.troubles: list[str] = []
        self._origins = {instance.base_url, *others}
        self._has_scripts = has_scripts
        self._method = "GET"
        self._refused: set[str] = set()
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.troubles.append(f"a script failed: {error.error}"))
        context.on("request", self._see_request)
        context.on("response", self._see_response)

    # -------------------------------------------------------------- acting
    async def open(self, path: str) -> None:
        """Go to a page; fails when the server does."""
        answer = await self.page.goto(f"{self.instance.base_url}{path}")
        assert answer is None or answer.status < 500, f"{path}: {answer.status}"

    async def sign_in(self, handle: str, password: str = PASSWORD) -> None:
        """Sign in on the page for it."""
        await self.open("/inloggen")
        form = self.page.locator("form[action='/inloggen']")
        await form.locator("[name=name]").fill(handle)
        await form.locator("[name=password]").fill(password)
        await form.locator("[name=password]").press("Enter")
        await self.page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/inloggen"))

    async def press(self, name: str) -> None:
        """Press the button of this name in the content of the page, and wait for what comes of it."""
        await self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()
        await self.page.wait_for_load_state()

    async def follow(self, name: str) -> None:
        """Follow the first link of this name in the content of the page."""
        await self.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
        await self.page.wait_for_load_state()

    async def fill(self, **fields: str) -> None:
        """Type in the fields of the page, by their names."""
        for name, text in fields.items():
            await self.page.get_by_role("main").locator(f"[name={name}]").fill(text)

    @property
    def path(self) -> str:
        """Where the browser is."""
        return urlsplit(self.page.url).path

    # ------------------------------------------------------------- judging
    async def sees(self, text: str) -> bool:
        """Whether the words stand on the page."""
        return text in await self.page.locator("body").inner_text()

    async def check(self) -> None:
        """Fail when the page as it is now is not accessible, does not fit, or something went wrong on it."""
        async with self._scripts_of_ours():
            await self._fail_on(await axe.violations(self.page))

    async def check_everywhere(self, again: Callable[[], Awaitable[Any]] | None = None) -> None:
        """Check this page and state in both languages, light and dark, wide and narrow.

        A page that came of a form is not asked for again, so its language stays. ``again`` brings
        back a state that loading the page anew loses, such as an open menu.
        """
        async with self._scripts_of_ours():
            await self._check_looks()
        if self._method != "GET" or not self._has_scripts:
            return
        spoken = await self.page.evaluate("document.documentElement.lang")
        await self._speak(OTHER_LANGUAGE[spoken], again)
        await self._check_looks()
        await self._speak(spoken, again)

    @asynccontextmanager
    async def _scripts_of_ours(self) -> AsyncIterator[None]:
        """Judge a page that runs no scripts in another that does: the same document, without the site's own scripts."""
        if self._has_scripts:
            yield
            return
        browser = self.context.browser
        assert browser is not None
        document, shown = await self.page.content(), self.page
        async with await browser.new_context(reduced_motion="reduce") as context:
            self.page = await context.new_page()
            await self.page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
            await self.page.route(shown.url, lambda route: route.fulfill(body=document, content_type="text/html"))
            await self.page.goto(shown.url)
            try:
                yield
            finally:
                self.page = shown

    async def _check_looks(self) -> None:
        found: list[str] = []
        for width, height in (NARROW, WIDE):
            await self.page.set_viewport_size({"width": width, "height": height})
            for scheme in ("dark", "light"):
                await self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                await self.page.evaluate(_SETTLED)
                rules = axe.OF_COLOURS if scheme == "dark" else None
                found += [f"{scheme}, {width}: {one}" for one in await axe.violations(self.page, rules)]
            if await self.page.evaluate(_IS_TOO_WIDE):
                found.append(f"{width}: the page is wider than the window")
        await self._fail_on(found)

    async def _fail_on(self, found: list[str]) -> None:
        found = [*found, *self.troubles, *await words_of_another_language(self.page)]
        self.troubles.clear()
        if found:
            where = self.page.url.removeprefix(self.instance.base_url)
            told = "\n  ".join(dict.fromkeys(found))
            raise AssertionError(f"{where} in {await self.page.evaluate('document.documentElement.lang')}:\n  {told}")

    async def _speak(self, language: str, again: Callable[[], Awaitable[Any]] | None) -> None:
        await self.page.evaluate(_CHOOSE_LANGUAGE, language)
        await self.page.reload()
        assert await self.page.evaluate("document.documentElement.lang") == language
        if again is not None:
            await again()

    # ------------------------------------------------------------ hearing
    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        where = message.location.get("url", "")
        # A browser reports each answer of 400 and more; which those may be is for the story to say.
        if where in self._refused and message.text.startswith("Failed to load resource"):
            return
        self.troubles.append(f"the console says: {message.text} ({where})")

    def _see_request(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self._method = request.method
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self.troubles.append(f"the page asked another server: {request.url}")

    def _see_response(self, response: Response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.url} answered {response.status}")
        elif response.status >= 400 and response.request.is_navigation_request():
            self._refused.add(response.url)

    async def keep_picture(self, folder: Path, name: str) -> None:
        """Keep what the page looks like, for who looks into a failure."""
        folder.mkdir(exist_ok=True)
        await self.page.screenshot(path=folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.png", full_page=True)
