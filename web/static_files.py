"""The files that pages load: style sheets, fonts, drawings and scripts.

They are served under a name that carries the hash of their content, so that browsers may keep them for
ever and a new version is a new name. What `web/design/build.mjs` makes lies in ``static/built``.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import brotli
from aiohttp import web

from web.negotiation import accepted_encoding

STATIC_FOLDER: Final = Path(__file__).parent / "static"
BUILT_FOLDER: Final = STATIC_FOLDER / "built"

_TEXTS: Final = {".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript", ".txt": "text/plain"}
_OTHERS: Final = {".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2"}
_COMPRESSED: Final = {".br": "br", ".gz": "gzip"}
# What is built brings its best compression along; the rest is small and has to be quick.
_BROTLI_QUALITY: Final = 9


class NotBuilt(Exception):
    """The style sheet is not there: ``make install`` builds it."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of the interface; ``bodies`` are its bytes by content coding."""

    served_as: str
    content_type: str
    bodies: Mapping[str, bytes]


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return what is served under ``/static/`` by its hashed name. Raises `NotBuilt`."""
    return {file.served_as: file for file in _files_by_name().values()}


def static_url(name: str) -> str:
    """Return the address of a file: ``style.css`` is ``/static/style.3f2a91c0d4.css``, ``js/live.js`` keeps its folder.

    Raises `LookupError` for a name that there is no file of.
    """
    return f"/static/{_files_by_name()[name].served_as}"


def answer_with(request: web.Request, file: StaticFile) -> web.Response:
    """Answer with a file, in the coding that the browser takes and that is smallest."""
    coding = accepted_encoding(request.headers.get("Accept-Encoding"), file.bodies)
    headers = {
        "Content-Type": file.content_type,
        "Cache-Control": "public, max-age=31536000, immutable",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if len(file.bodies) > 1:
        headers["Vary"] = "Accept-Encoding"
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return web.Response(body=file.bodies[coding], headers=headers)


@cache
def _files_by_name() -> Mapping[str, StaticFile]:
    if not (BUILT_FOLDER / "style.css").is_file():
        raise NotBuilt("The style sheet has not been built. Run `make install` first.")
    files: dict[str, StaticFile] = {}
    for folder in (STATIC_FOLDER, BUILT_FOLDER):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _TEXTS | _OTHERS and (folder is BUILT_FOLDER or BUILT_FOLDER not in path.parents):
                name = path.relative_to(folder).as_posix()
                files[name] = _read(path, name)
    return files


def _read(path: Path, name: str) -> StaticFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:10]
    served_as = f"{name.removesuffix(path.suffix)}.{digest}{path.suffix}"
    bodies = {"identity": content}
    if path.suffix in _TEXTS:
        for suffix, coding in _COMPRESSED.items():
            beside = path.with_name(path.name + suffix)
            bodies[coding] = beside.read_bytes() if beside.is_file() else _compress(content, coding)
    return StaticFile(served_as, (_TEXTS | _OTHERS)[path.suffix], bodies)


def _compress(content: bytes, coding: str) -> bytes:
    if coding == "br":
        compressed: bytes = brotli.compress(content, quality=_BROTLI_QUALITY)
        return compressed
    return gzip.compress(content, 9, mtime=0)
