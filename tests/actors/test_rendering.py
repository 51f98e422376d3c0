"""Rendering a long text keeps nobody else waiting."""

import asyncio
import threading

import pytest

from actors import rendering
from actors.database import Database
from actors.kinds import PostKind
from actors.posts.store import Draft, edit_post, write_post
from actors.rendering import rendered
from tests.actors.cast import MOMENT, SITE, here

LONG = "Een lange zin. " * 100


class Slow:
    """Rendering that ends only once the others have had their turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_once = self.most = 0
        self.go = threading.Event()
        monkeypatch.setattr(rendering, "render_markdown", self)

    def __call__(self, source: str, **_: object) -> str:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        assert self.go.wait(30), "whoever was to go on waits for this"
        self.at_once -= 1
        return f"<p>{source}</p>"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch)


async def test_others_go_on_while_a_long_text_is_rendered_and_one_is_at_a_time(slow: Slow) -> None:
    waiting = [asyncio.create_task(rendered(f"{LONG}{number}")) for number in range(5)]
    await asyncio.sleep(0)
    slow.go.set()
    assert [made.endswith(f"{number}</p>") for number, made in enumerate(await asyncio.gather(*waiting))] == [True] * 5
    assert slow.most == 1


async def test_others_go_on_while_what_somebody_says_is_stored_and_changed(database: Database, slow: Slow) -> None:
    async def say() -> None:
        async with database.writing() as session:
            author = await here(session, "karin", summary="")
            post = await write_post(session, SITE, author, Draft(LONG, PostKind.CONTRIBUTION), now=MOMENT)
            await edit_post(session, SITE, post, source=f"Anders: {LONG}", now=MOMENT)

    saying = asyncio.create_task(say())
    while not slow.at_once:
        await asyncio.sleep(0.01)
    slow.go.set()
    await saying


async def test_a_short_text_is_rendered_at_once() -> None:
    assert await rendered("Een **kort** woord") == "<p>Een <strong>kort</strong> woord</p>"
