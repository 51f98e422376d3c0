"""Files of the interface: under the hash of their content, compressed as the browser wishes, kept for a year."""

import re
from pathlib import Path

import pytest

from tests.web.pages.browser import Pages
from web import static_files
from web.negotiation import accepted_encoding
from web.static_files import BUILT_FOLDER, NotBuilt, static_url

_BODIES = {"identity": b"12345", "gzip": b"123", "br": b"12"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is the same on each."""
    return sqlite_url


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br", "br"), ("gzip, deflate", "gzip"), ("", "identity"), (None, "identity"),
        ("br;q=0.5, gzip", "gzip"), ("br;q=0, gzip;q=0", "identity"), ("*", "br"), ("*;q=0, gzip", "gzip"),
        ("identity, br;q=0.2", "identity"), ("BR", "br"), ("br;q=x", "identity"), ("zstd", "identity"),
        ("identity;q=0, *;q=0", "identity"), (", ,;q=1", "identity"),
    ],
)  # fmt: skip
def test_the_coding_is_what_the_browser_wishes_most_and_the_smallest_of_equals(header: str | None, coding: str) -> None:
    assert accepted_encoding(header, _BODIES) == coding


def test_names_carry_the_hash_of_the_content_and_keep_their_folder() -> None:
    assert re.fullmatch(r"/static/style\.[0-9a-f]{10}\.css", static_url("style.css"))
    assert re.fullmatch(r"/static/js/colours\.[0-9a-f]{10}\.js", static_url("js/colours.js"))
    with pytest.raises(LookupError):
        static_url("nothing.css")


async def test_the_style_sheet_comes_compressed_and_is_kept_for_a_year(pages: Pages) -> None:
    plain = (BUILT_FOLDER / "style.css").read_bytes()
    for wish, coding in (("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)):
        async with pages.client.get(static_url("style.css"), headers={"Accept-Encoding": wish}) as answer:
            assert answer.headers.get("Content-Encoding") == coding
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert (int(answer.headers["Content-Length"]) < len(plain) / 4) is (coding is not None)
            assert await answer.read() == plain


async def test_fonts_are_served_from_here_as_they_are(pages: Pages) -> None:
    fonts = re.findall(r"noto-sans[\w.-]+\.woff2", (BUILT_FOLDER / "style.css").read_text(encoding="utf-8"))
    assert len(fonts) == 2
    for name in fonts:
        async with pages.client.get(f"/static/{name}", headers={"Accept-Encoding": "br"}) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "font/woff2"
            assert "Content-Encoding" not in answer.headers


async def test_no_path_leads_out_of_the_folder(pages: Pages) -> None:
    for path in ("/static/..%2fapp.py", "/static/built/style.css", "/static/%2e%2e/app.py", "/static/js/"):
        assert (await pages.get(path)).status == 404, path


def test_without_a_built_style_sheet_the_server_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_files, "BUILT_FOLDER", tmp_path)
    with pytest.raises(NotBuilt, match="make install"):
        static_files._files_by_name.__wrapped__()
