"""Documents on disk, each under the SHA-256 of its content: stored once, never changed.

What a file is follows from its bytes, not from its name or from what the sender says. Only kinds
on a short list are stored; HTML, SVG and anything a browser would run are not.
"""

import asyncio
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LARGEST_DOCUMENT: Final = 25 * 1_048_576
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_ZIP_TYPES: Final = {
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".epub": "application/epub+zip",
}
_SIGNATURES: Final = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
)
_TEXTS: Final = {".md": "text/markdown", ".txt": "text/plain", ".csv": "text/csv"}


class DocumentRefused(ValueError):
    """A file that we do not store: too large, empty, or not of a kind on the list."""


@dataclass(frozen=True)
class StoredDocument:
    """A document in the store. ``size`` in bytes."""

    digest: str
    file_name: str
    media_type: str
    size: int


class DocumentStore:
    """The documents of an instance, under ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes, file_name: str) -> StoredDocument:
        """Store a file and return what it is. Raises `DocumentRefused`; `OSError` when the disk refuses."""
        name = safe_file_name(file_name)
        media_type = sniff(content, name)
        digest = hashlib.sha256(content).hexdigest()
        await asyncio.to_thread(self._write, digest, content)
        return StoredDocument(digest, name, media_type, len(content))

    def path(self, digest: str) -> Path | None:
        """Return where the document of this hash lies, if it is here."""
        if not _DIGEST.match(digest):
            return None
        path = self._folder / digest[:2] / digest
        return path if path.is_file() else None

    def _write(self, digest: str, content: bytes) -> None:
        path = self._folder / digest[:2] / digest
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: a reader never sees half a document, nor does a crash leave one.
        part = path.with_name(f".{digest}.{secrets.token_hex(4)}")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


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
    for start, media_type, endings in _SIGNATURES:
        if content.startswith(start) and ending in endings:
            return media_type
    if content.startswith(b"PK\x03\x04") and ending in _ZIP_TYPES:
        return _ZIP_TYPES[ending]
    if ending in _TEXTS and b"\0" not in content:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            raise DocumentRefused(f"{file_name} is not UTF-8 text") from None
        return _TEXTS[ending]
    raise DocumentRefused(f"{file_name} is not a kind of document that is stored here")
