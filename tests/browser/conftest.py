"""Fixtures of the stories: one Chromium a worker, an instance a file, a browser context a visitor."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser import axe
from tests.browser.instance import LocalInstance
from tests.browser.visitor import WIDE, Visitor

FAILURES = Path(__file__).parent / "failures"
CHROMIUM = shutil.which("chromium") or ""
_FAILED = pytest.StashKey[bool]()

Visiting = Callable[..., Awaitable[Visitor]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the stories the event loop that their browser lives in, and skip them where there is no browser."""
    missing = axe.MISSING if not axe.is_installed() else "" if CHROMIUM else "there is no Chromium"
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.skipif(bool(missing), reason=missing))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Remember that a story failed, so that its pages are kept as pictures."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or bool(report.failed)
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, which finds no other machine."""
    rules = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", f"--host-resolver-rules={rules}"]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tilburg(
    tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[LocalInstance]:
    """The instance of a municipality, running: `karin` administers it, `bram` is a member."""
    instance = an_instance(tmp_path_factory.mktemp("tilburg"), unused_tcp_port_factory())
    await instance.make()
    await instance.start()
    yield instance
    await instance.stop()


def an_instance(folder: Path, port: int, **settings: str) -> LocalInstance:
    """Return an instance that is still to be made, with more settings of its own."""
    return LocalInstance(
        name="Gemeente Tilburg", domain=f"localhost:{port}", port=port, folder=folder, hosts={}, settings=settings,
        database_url=f"sqlite:///{folder / 'samenspraak.sqlite3'}",
    )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(tmp_path: Path, unused_tcp_port_factory: Callable[[], int]) -> AsyncIterator[LocalInstance]:
    """An instance that is still to be made. Named before ``visiting``, it ends after its visitors have left."""
    instance = an_instance(tmp_path / "tilburg", unused_tcp_port_factory())
    yield instance
    await instance.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def visiting(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Visiting]:
    """Opens browsers: ``await visiting(instance, "karin")`` is Karin's, signed in; without a name, anyone's."""
    visitors: list[Visitor] = []

    async def visit(
        instance: LocalInstance, handle: str = "", *, others: frozenset[str] = frozenset(), **options: Any
    ) -> Visitor:
        context = await chromium.new_context(
            **{
                "base_url": instance.base_url, "locale": "nl-NL", "reduced_motion": "reduce",
                "viewport": {"width": WIDE[0], "height": WIDE[1]}, **options,
            }
        )  # fmt: skip
        context.set_default_timeout(30_000)
        visitor = Visitor(
            instance, context, await context.new_page(), others, has_scripts=options.get("java_script_enabled", True)
        )
        visitors.append(visitor)
        if handle:
            await visitor.sign_in(handle)
        return visitor

    yield visit
    for number, visitor in enumerate(visitors):
        if request.node.stash.get(_FAILED, False):
            await visitor.keep_picture(FAILURES, f"{request.node.name}-{number}")
        await visitor.context.close()
    assert not (troubles := [trouble for visitor in visitors for trouble in visitor.troubles]), troubles
