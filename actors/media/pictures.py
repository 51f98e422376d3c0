"""Pictures: what one is follows from its bytes; what is stored is drawn anew, with smaller ones beside it.

A picture as it was sent is never stored. A process of its own decodes it within limits of size, memory
and time (`actors.media.decoding`) and gives back pixels without metadata: upright, in sRGB, and of the
moving ones the first image. Threads could not be stopped when a decoder hangs, nor kept from what this
process knows.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from actors.media import decoding
from actors.media.store import DocumentRefused, DocumentStore, StoredDocument, safe_file_name

LARGEST_PICTURE: Final = 15 * 1_048_576
MOST_PIXELS: Final = decoding.MOST_PIXELS
ACCEPTED: Final = ".png,.jpg,.jpeg,.webp,.gif,.avif"

_WALL_SECONDS: Final = 60.0
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 32
_ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg"}


class Reason(StrEnum):
    """Why a picture is refused."""

    EMPTY = "empty"
    BYTES = "bytes"
    """More bytes than `LARGEST_PICTURE`."""
    KIND = "kind"
    PIXELS = "pixels"
    """More pixels than `MOST_PIXELS`, or a side of more than 16,384."""
    BROKEN = "broken"
    BUSY = "busy"
    """Too much is being made at this moment."""


class PictureRefused(DocumentRefused):
    """A picture that we do not store."""

    def __init__(self, reason: Reason, file_name: str) -> None:
        super().__init__(f"{file_name}: {reason.value}")
        self.reason = reason


@dataclass(frozen=True)
class Shape:
    """What is made of a picture: within which box, cut to a square or whole, and its previews by width."""

    box: tuple[int, int]
    square: bool = False
    previews: tuple[int, ...] = ()


SMALL: Final = 96
PREVIEWS: Final = (320, 960)
PICTURE: Final = Shape((2_048, 2_048), previews=PREVIEWS)
"""In a conversation, or on the cover of a knowledge product."""
DOCUMENT: Final = Shape((4_096, 4_096), previews=PREVIEWS)
"""A document that is a picture, such as an infographic: large enough to read what is in it."""
AVATAR: Final = Shape((400, 400), square=True, previews=(SMALL,))
LOGO: Final = Shape((640, 192))


class Pictures:
    """Makes and stores pictures; of all that are sent at once, two at a time."""

    def __init__(self, documents: DocumentStore, *, seconds: float = _WALL_SECONDS) -> None:
        self._documents = documents
        self._seconds = seconds
        self._lanes = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def put(self, content: bytes, file_name: str, shape: Shape) -> StoredDocument:
        """Store what was made of a picture. Raises `PictureRefused`; `OSError` when the disk refuses."""
        if not content:
            raise PictureRefused(Reason.EMPTY, file_name)
        if len(content) > LARGEST_PICTURE:
            raise PictureRefused(Reason.BYTES, file_name)
        kind = kind_of(content)
        if kind is None:
            raise PictureRefused(Reason.KIND, file_name)
        if self._waiting >= _MOST_WAITING:
            raise PictureRefused(Reason.BUSY, file_name)
        self._waiting += 1
        try:
            async with self._lanes:
                told, parts = await self._make(content, kind, shape)
        finally:
            self._waiting -= 1
        if told is None:
            raise PictureRefused(Reason.BROKEN, file_name)
        if "refused" in told:
            raise PictureRefused(Reason(told["refused"]), file_name)
        made, *previews = parts
        digest = await self._documents.put_made(made, dict(zip(told["previews"], previews, strict=True)))
        name = _renamed(file_name, _ENDINGS[told["media_type"]])
        return StoredDocument(digest, name, told["media_type"], len(made), told["width"], told["height"])

    async def put_file(self, content: bytes, file_name: str) -> StoredDocument:
        """Store a file that goes with a knowledge product: a picture, or a document. Raises `DocumentRefused`."""
        if kind_of(content) is not None:
            return await self.put(content, file_name, DOCUMENT)
        return await self._documents.put(content, file_name)

    async def _make(self, content: bytes, kind: str, shape: Shape) -> tuple[dict[str, Any] | None, list[bytes]]:
        asked = {"kind": kind, "box": shape.box, "square": shape.square, "previews": shape.previews}
        # It gets no environment, where secrets may stand, and none of our files and sockets.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", decoding.__file__, json.dumps(asked),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={}, cwd=Path(decoding.__file__).parent,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._seconds):
                out, _ = await process.communicate(content)
        except TimeoutError:
            return None, []
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _read(out) if process.returncode == 0 else (None, [])


def kind_of(content: bytes) -> str | None:
    """Return in which format a picture begins, or None for what is no picture that we take.

    >>> kind_of(b"GIF89a..."), kind_of(b"<svg xmlns='http://www.w3.org/2000/svg'>")
    ('GIF', None)
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:12] in {b"ftypavif", b"ftypavis"}:
        return "AVIF"
    return None


def _read(out: bytes) -> tuple[dict[str, Any], list[bytes]]:
    line, _, rest = out.partition(b"\n")
    told: dict[str, Any] = json.loads(line)
    parts: list[bytes] = []
    for size in told.get("sizes", ()):
        parts.append(rest[:size])
        rest = rest[size:]
    return told, parts


def _renamed(file_name: str, ending: str) -> str:
    """Return a safe name with the ending of what the picture has become."""
    stem = safe_file_name(file_name).rpartition(".")[0] or safe_file_name(file_name)
    return f"{stem[:100]}.{ending}"
