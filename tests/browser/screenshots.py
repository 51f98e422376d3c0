"""``make screenshots``: the ten main pages of the demo, light, dark and on a phone, into docs/images.

``python -m tests.browser.screenshots [--folder docs/images] [--whole]``; ``--whole`` keeps all of each page
rather than what is seen of it first, for who wants to look at every part.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from deploy.demo.content import InstanceContent, read_story
from deploy.demo.story import PASSWORD

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
_COLOURS: Final = 160
_LONGEST: Final = 12_000


@dataclass(frozen=True)
class Look:
    """How a page is looked at: how wide and high, in which scheme, how sharp."""

    name: str
    width: int
    height: int
    scheme: str = "light"
    sharpness: float = 1


@dataclass(frozen=True)
class Shown:
    """A page to show. ``link`` is a part of the address of a link on ``path`` that leads there, when it has no name."""

    name: str
    path: str
    instance: str = "tilburg"
    signed_in: str = ""
    """Who looks: a ``member``, an ``administrator``, or anyone."""
    link: str = ""


LOOKS: Final = (
    Look("light", 1280, 960), Look("dark", 1280, 960, "dark"), Look("phone", 320, 640, sharpness=2),
)  # fmt: skip
PAGES: Final = (
    Shown("front", "/"),
    Shown("issues", "/vraagstukken"),
    Shown("issue", "/", signed_in="member", link="/vraagstukken/"),
    Shown("outcome", "/", link="/terugkoppelingen/"),
    Shown("knowledge", "/kennis", instance="szw"),
    Shown("product", "/kennis", instance="szw", link="/kennis/"),
    Shown("network", "/netwerk", instance="szw"),
    Shown("sign-in", "/inloggen"),
    Shown("publish", "/vraagstukken/nieuw", signed_in="administrator"),
    Shown("administration", "/beheer", signed_in="administrator"),
)


async def take(folder: Path, *, whole: bool) -> None:
    """Take every picture into the folder, with the demo running."""
    instances = {one.key: one for one in read_story().instances}
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for shown in PAGES:
            for look in LOOKS:
                picture = await _picture(browser, shown, instances[shown.instance], look, whole=whole)
                _keep(picture, folder / f"{shown.name}-{look.name}.png")
        await browser.close()


async def _picture(browser: Browser, shown: Shown, instance: InstanceContent, look: Look, *, whole: bool) -> bytes:
    context = await browser.new_context(
        base_url=instance.url, locale="nl-NL", reduced_motion="reduce", device_scale_factor=look.sharpness,
        color_scheme="dark" if look.scheme == "dark" else "light",
        viewport={"width": look.width, "height": look.height},
    )  # fmt: skip
    page = await context.new_page()
    if shown.signed_in:
        await _sign_in(page, instance, shown.signed_in)
    await page.goto(shown.path)
    if shown.link:
        there = f"main a[href^='{shown.link}']:not([href$='/nieuw'], [href*='/elders/'])"
        await page.goto(str(await page.locator(there).first.get_attribute("href")))
    await page.evaluate("document.fonts.ready")
    height = await page.evaluate("document.documentElement.scrollHeight") if whole else look.height
    await page.set_viewport_size({"width": look.width, "height": min(height, _LONGEST)})
    taken = await page.screenshot()
    await context.close()
    return taken


async def _sign_in(page: Page, instance: InstanceContent, who: str) -> None:
    person = next(one for one in instance.people if one["admin"] is (who == "administrator"))
    await page.goto("/inloggen")
    form = page.locator("form[action='/inloggen']")
    await form.locator("[name=name]").fill(person["handle"])
    await form.locator("[name=password]").fill(PASSWORD)
    await form.locator("[name=password]").press("Enter")
    await page.wait_for_url("**/")


def _keep(picture: bytes, path: Path) -> None:
    """Write a picture in few colours, which is what a page has, so that it is small."""
    with Image.open(BytesIO(picture)) as image:
        few = image.convert("RGB").quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


@contextmanager
def _demo() -> Iterator[None]:
    """Run the demo in a folder of its own, and wait until its story is told."""
    with tempfile.TemporaryDirectory(prefix="samenspraak-screenshots-") as folder:
        command = [sys.executable, "-m", "deploy.cli", "demo", "--folder", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                if not any(line.startswith("Running") for line in process.stdout):
                    raise SystemExit("the demo did not start")
                yield
            finally:
                process.terminate()


def main() -> None:
    """Start the demo, take the pictures, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=IMAGES)
    parser.add_argument("--whole", action="store_true")
    asked = parser.parse_args()
    with _demo():
        asyncio.run(take(asked.folder, whole=asked.whole))


if __name__ == "__main__":
    main()
