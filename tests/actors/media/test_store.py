"""Documents on disk: what a file is follows from its bytes, and it lies under the hash of them."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.media.store import LARGEST_DOCUMENT, DocumentRefused, DocumentStore, digests_on, safe_file_name, sniff

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "gids.pdf", "application/pdf"),
        (PDF, "GIDS.PDF", "application/pdf"),
        (b"PK\x03\x04....", "blad.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04....", "blad.odt", "application/vnd.oasis.opendocument.text"),
        ("# Één".encode(), "tekst.md", "text/markdown"),
        (HTML, "tekst.txt", "text/plain"),
        (b"a,b\n1,2\n", "lijst.csv", "text/csv"),
    ],
)
def test_a_document_is_what_its_bytes_and_its_name_say(content: bytes, name: str, media_type: str) -> None:
    assert sniff(content, name) == media_type


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (HTML, "gids.pdf"), (HTML, "gids.html"), (HTML, "gids.docx"), (HTML, "gids.png"), (HTML, "gids"),
        (SVG, "kaart.svg"), (SVG, "kaart.png"), (b"GIF89a", "x.gif"), (b"MZ\x90", "x.exe"), (b"MZ\x90", "x.pdf"),
        (PDF, "gids.html"), (PDF, "gids.svg"), (PDF, "gids.pdf.html"), (PDF, "gids"), (PDF, ".pdf"),
        (PNG, "kaart.png"), (PNG, "kaart.pdf"),
        (b"\xff\xd8\xff\xe0", "foto.jpeg"), (b"PK\x03\x04", "x.zip"),
        (b"PK\x03\x04", "x.jar"), (b"PK\x03\x04", "x.apk"),
        (b"PK\x03\x04", "x.xlsm"), (b"a\0b", "x.txt"), (b"\xff\xfe\x41", "x.txt"), (b"", "x.pdf"), (b"", "x.txt"),
        (b" " + PDF, "gids.pdf"), (b"{}", "x.json"), (b"<?xml?>", "x.xml"), (b"alert(1)", "x.js"),
        (b'{"type":"Note"}', "x.jsonld"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_or_not_what_it_says_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(DocumentRefused):
        sniff(content, name)


@pytest.mark.parametrize("polyglot", [PDF + HTML, PNG + SVG, b"\xff\xd8\xff" + HTML, b"PK\x03\x04" + HTML])
def test_a_file_that_is_two_things_at_once_is_never_the_one_that_a_browser_runs(polyglot: bytes) -> None:
    for ending in ("pdf", "png", "jpg", "docx", "txt", "md", "html", "svg", "xhtml", "js"):
        try:
            assert sniff(polyglot, f"x.{ending}") not in {"text/html", "image/svg+xml", "application/xhtml+xml"}
        except DocumentRefused:
            continue


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="25 MiB"):
        sniff(PDF + b"x" * LARGEST_DOCUMENT, "gids.pdf")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("gids.pdf", "gids.pdf"), ("../../etc/passwd", "passwd"), ("..\\..\\gids.pdf", "gids.pdf"),
        ("/etc/gids.pdf", "gids.pdf"), ("C:\\Mijn documenten\\gids.pdf", "gids.pdf"), ("a (1).pdf", "a-1.pdf"),
        ("gids\r\nX-Kop: 1.pdf", "gids-X-Kop-1.pdf"), ('gids".pdf', "gids.pdf"), ("", "document"), ("..", "document"),
        ("gids\0.pdf", "gids.pdf"), ("gids\u202efdp.exe", "gids-fdp.exe"), ("één.pdf", "één.pdf"), (".pdf", "pdf"),
    ],
)  # fmt: skip
def test_a_file_name_has_no_folders_and_no_surprises(given_name: str, kept: str) -> None:
    assert safe_file_name(given_name).replace("-.", ".") == kept


@given(st.text(max_size=300))
def test_whatever_a_file_is_called_its_name_is_safe_in_a_path_and_in_a_header(name: str) -> None:
    safe = safe_file_name(name)
    assert 0 < len(safe) <= 120
    assert not set(safe) & set('/\\"\r\n\0:;<>|?*% ')
    assert not safe.startswith((".", "-"))
    assert safe.isprintable()
    safe.encode("utf-8")


async def test_a_stored_document_is_found_by_its_hash(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path / "documents")
    stored = await store.put(PDF, "../gids.pdf")
    assert stored.digest == hashlib.sha256(PDF).hexdigest()
    assert (stored.file_name, stored.media_type, stored.size) == ("gids.pdf", "application/pdf", len(PDF))
    path = store.path(stored.digest)
    assert path is not None
    assert path.read_bytes() == PDF
    assert tmp_path in path.parents


async def test_the_same_content_is_stored_once_under_whatever_names(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    stored = await asyncio.gather(*(store.put(PDF, f"gids-{number}.pdf") for number in range(20)))
    assert len({one.digest for one in stored}) == 1
    assert len({one.file_name for one in stored}) == 20
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


async def test_what_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DocumentRefused):
        await DocumentStore(tmp_path).put(HTML, "gids.pdf")
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    "digest",
    [
        "",
        ".",
        "..",
        "../secret.key",
        "0" * 63,
        "0" * 64,
        "G" * 64,
        "A" * 64,
        f"{'0' * 64}\n",
        f"/{'0' * 63}",
        "\0" * 64,
    ],
)
async def test_nothing_is_found_by_what_is_no_hash_of_a_document_here(tmp_path: Path, digest: str) -> None:
    (tmp_path / "secret.key").write_text("x")
    store = DocumentStore(tmp_path / "documents")
    await store.put(PDF, "gids.pdf")
    assert store.path(digest) is None


async def test_what_is_made_lies_with_its_previews_and_each_is_found(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    digest = await store.put_made(PNG, {320: b"klein", 960: b"groot"})
    assert [path.read_bytes() for wide in (None, 320, 960) if (path := store.path(digest, wide))] == [
        PNG, b"klein", b"groot",
    ]  # fmt: skip
    assert store.path(digest, 96) is None
    assert store.path("0" * 64, 320) is None


async def test_what_is_not_kept_is_cleared_with_its_previews_once_it_is_old(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    kept, gone, young = [await store.put_made(content, {320: b"klein"}) for content in (b"kept", b"gone", b"young")]
    for path in [path for path in tmp_path.rglob("*") if path.is_file() and young not in path.name]:
        os.utime(path, (0, 0))
    left = tmp_path / gone[:2] / f".{gone}.12345678"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    old = {digest for shelf in store.shelves() for digest in digests_on(shelf, older_than=1.0)}
    assert old == {kept, gone}
    assert sum(store.clear(shelf, {kept}, older_than=1.0) for shelf in store.shelves()) == 3
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {kept, f"{kept}.320", young, f"{young}.320"}


async def test_what_is_stored_again_is_young_again(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    digest = (await store.put(PDF, "gids.pdf")).digest
    path = store.path(digest)
    assert path is not None
    os.utime(path, (0, 0))
    await store.put(PDF, "gids.pdf")
    assert not any(store.clear(shelf, (), older_than=1.0) for shelf in store.shelves())
    assert store.path(digest) == path
