"""Documents on disk, each under the SHA-256 of its content: stored once, never changed.

What a file is follows from its bytes, not from its name or from what the sender says. Only kinds
on a short list are stored; HTML, SVG and anything a browser would run are not. Pictures are no
documents here: they come by way of `actors.media.pictures`, which draws them anew.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LARGEST_DOCUMENT: Final = 25 * 1_048_576
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_STORED = re.compile(r"([0-9a-f]{64})(?:\.\d{2,4})?\Z")
_PART = re.compile(r"\.[0-9a-f]{64}")
_ZIP_TYPES: Final = {
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".epub": "application/epub+zip",
}
_TEXTS: Final = {".md": "text/markdown", ".txt": "text/plain", ".csv": "text/csv"}


class DocumentRefused(ValueError):
    """A file that we do not store: too large, empty, or not of a kind on the list."""


@dataclass(frozen=True)
class StoredDocument:
    """A document in the store. ``size`` in bytes; ``width`` and ``height`` of a picture, in pixels."""

    digest: str
    file_name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


class DocumentStore:
    """The documents of an instance, under ``folder``; the previews of a picture lie beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._folder

    async def put(self, content: bytes, file_name: str) -> StoredDocument:
        """Store a file and return what it is. Raises `DocumentRefused`; `OSError` when the disk refuses."""
        name = safe_file_name(file_name)
        media_type = sniff(content, name)
        digest = await self.put_made(content, {})
        return StoredDocument(digest, name, media_type, len(content))

    async def put_made(self, content: bytes, previews: Mapping[int, bytes]) -> str:
        """Store what we made ourselves, with its previews by width, and return its digest. Raises `OSError`."""
        digest = hashlib.sha256(content).hexdigest()
        for wide, preview in previews.items():
            await asyncio.to_thread(self._write, f"{digest}.{wide}", preview)
        await asyncio.to_thread(self._write, digest, content)
        return digest

    def path(self, digest: str, wide: int | None = None) -> Path | None:
        """Return where the document of this hash lies, or its preview of this width, if it is here."""
        if not _DIGEST.match(digest):
            return None
        path = self._folder / digest[:2] / (digest if wide is None else f"{digest}.{wide}")
        return path if path.is_file() else None

    def shelves(self) -> Iterator[Path]:
        """Yield the folders that documents lie in, a bounded part of them in each."""
        for number in range(256):
            shelf = self._folder / f"{number:02x}"
            if shelf.is_dir():
                yield shelf

    def clear(self, shelf: Path, keep: Collection[str], *, older_than: float) -> int:
        """Remove from a shelf what is not to be kept and was last stored before ``older_than``; return how many."""
        removed = 0
        for path in list(shelf.iterdir()):
            found = _STORED.match(path.name)
            if (found and found[1] not in keep) or _PART.match(path.name):
                removed += _remove_older(path, older_than)
        return removed

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder / name[:2] / name
        with suppress(FileNotFoundError):
            # Stored again: as young as if it were new, so that it is not cleared before it is referred to.
            os.utime(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: a reader never sees half a document, nor does a crash leave one.
        part = path.with_name(f".{name}.{secrets.token_hex(4)}")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def digests_on(shelf: Path, *, older_than: float) -> set[str]:
    """Return the digests of what lies on a shelf and was last stored before a moment (seconds since 1970)."""
    with os.scandir(shelf) as entries:
        return {
            found[1] for entry in entries if (found := _STORED.match(entry.name)) and entry.stat().st_mtime < older_than
        }


def _remove_older(path: Path, older_than: float) -> bool:
    """Remove a file unless it was stored again meanwhile: looked at once nobody can find it any more."""
    try:
        if path.stat().st_mtime >= older_than:
            return False
        aside = path.with_name(f".{path.name.lstrip('.')}.{secrets.token_hex(4)}")
        path.rename(aside)
        if aside.stat().st_mtime >= older_than:
            aside.rename(path)
            return False
        aside.unlink()
    except FileNotFoundError:
        return False
    return True


def safe_file_name(name: str) -> str:
    """Return a file name without folders, control characters or surprises, at most 120 characters."""
    base = re.sub(r"[^\w.-]+", "-", name.replace("\\", "/").rsplit("/", 1)[-1]).strip("-.")
    stem, dot, ending = base.rpartition(".")
    return f"{stem[:110]}.{ending[:8]}" if dot and stem else (base[:120] or "document")


def sniff(content: bytes, file_name: str) -> str:
    """Return the media type that the bytes and the name agree on. Raises `DocumentRefused`."""
    if not content:
        raise DocumentRefused(f"{file_name} is empty")
    if len(content) > LARGEST_DOCUMENT:
        raise DocumentRefused(f"{file_name} is larger than {LARGEST_DOCUMENT // 1_048_576} MiB")
    ending = Path(file_name).suffix.lower()
    if content.startswith(b"%PDF-") and ending == ".pdf":
        return "application/pdf"
    if content.startswith(b"PK\x03\x04") and ending in _ZIP_TYPES:
        return _ZIP_TYPES[ending]
    if ending in _TEXTS and b"\0" not in content:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            raise DocumentRefused(f"{file_name} is not UTF-8 text") from None
        return _TEXTS[ending]
    raise DocumentRefused(f"{file_name} is not a kind of document that is stored here")
