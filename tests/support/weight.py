"""What a browser has to get for a page besides its HTML: style sheets, scripts and the fonts that its words need."""

import re
from functools import cache
from html import unescape
from typing import Final

from web.static_files import StaticFile, static_files, static_url

_LINKED: Final = re.compile(r'<(?:link|script)\s[^>]*(?:href|src)="/static/([^"]+)"')
_FACE: Final = re.compile(r"src:url\(([^)]+)\)[^}]*unicode-range:([^}]+)\}")
_PICTURES: Final = ("image/",)


def weight_of_files(page: str) -> int:
    """Return how many bytes the files of a page are, as they are sent to a browser that takes any coding."""
    files = {name for name in _LINKED.findall(page) if not static_files()[name].content_type.startswith(_PICTURES)}
    letters = {ord(letter) for letter in unescape(page)}
    files |= {font for font, ranges in _fonts() if any(letter in span for span in ranges for letter in letters)}
    return sum(_sent(static_files()[name]) for name in files)


def _sent(file: StaticFile) -> int:
    return min(len(body) for body in file.bodies.values())


@cache
def _fonts() -> list[tuple[str, list[range]]]:
    style = static_files()[static_url("style.css").removeprefix("/static/")].bodies["identity"].decode()
    return [(font, [_span(span) for span in ranges.split(",")]) for font, ranges in _FACE.findall(style)]


def _span(written: str) -> range:
    """Return the letters of ``U+100-2BA``, ``U+304`` or ``U+1E??``."""
    first, _, last = written.strip().upper().removeprefix("U+").partition("-")
    return range(int(first.replace("?", "0"), 16), int((last or first).replace("?", "F"), 16) + 1)
