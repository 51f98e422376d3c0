"""What people wrote, made ready to print: links that show where they lead, paths that stay here."""

import doctest

import pytest

from web.pages import paths
from web.pages.paths import local_path, with_notice
from web.pages.prose import excerpt, host_of, paragraphs, prose, raised_headings


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ('<a href="https://evil.example/x">tilburg.nl</a>', "(evil.example)"),
        ('<a href="https://evil.example/x" rel="nofollow">lees meer</a>', "(evil.example)"),
        ('<a href="https://evil.example:8443/">hier</a>', "(evil.example:8443)"),
        ('<a href="https://x@evil.example/">https://tilburg.nl/</a>', "(evil.example)"),
        ('<a href="https://evil.example/?a=1&amp;b=2">tilburg.nl</a>', "(evil.example)"),
        ('<a class="mention" href="https://evil.example/">@gemeente.nl</a>', "(evil.example)"),
        ('<a class="mention" href="https://evil.example/login">@karin</a>', "(evil.example)"),
        (f'<a href="https://evil.example/{"a" * 3_000}">tilburg.nl</a>', "(evil.example)"),
        (f'<a href="https://evil.example/">tilburg.nl{" " * 5_000}</a>', "(evil.example)"),
        ('<a href="https://tilburg.nl.evil.example/">tilburg.nl</a>', "(tilburg.nl.evil.example)"),
        ('<a href="https://b\u00fccher.example/">b\u00fccher.example</a>', "(xn--bcher-kva.example)"),
    ],
)
def test_a_link_whose_text_does_not_show_its_host_shows_it(markup: str, shown: str) -> None:
    assert shown in prose(markup)


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="https://tilburg.nl/plan">https://tilburg.nl/plan</a>',
        '<a href="https://tilburg.nl/plan"><span class="invisible">https://</span>tilburg.nl/plan</a>',
        '<a href="https://tilburg.nl">tilburg.nl</a>',
        '<a class="u-url mention" href="https://utrecht.example/@bram">@bram@utrecht.example</a>',
        '<a class="mention hashtag" href="https://utrecht.example/tags/x">#wonen</a>',
        "<p>geen link</p>",
        '<a href="/kennis">hier</a>',
    ],
)
def test_a_link_that_shows_its_host_stays_as_it_is(markup: str) -> None:
    assert prose(markup) == markup


def test_an_excerpt_stops_before_what_reads_as_nonsense() -> None:
    assert excerpt("<p>Een zin.</p><table><tr><td>cel</td></tr></table>") == "Een zin."
    assert excerpt("<h2>Kop</h2><p>tekst</p>") == "Kop tekst"
    assert excerpt("<p>een twee drie, vier</p>", 15) == "een twee drie…"


@pytest.mark.parametrize(
    ("markup", "raised"),
    [
        ("<h3>een</h3><h4>twee</h4><h3>drie</h3>", "<h2>een</h2><h3>twee</h3><h2>drie</h2>"),
        ("<h2>een</h2><h3>twee</h3>", "<h2>een</h2><h3>twee</h3>"),
        ("<p>geen</p>", "<p>geen</p>"),
        ("<h6>een</h6>", "<h2>een</h2>"),
    ],
)
def test_headings_begin_right_below_the_title(markup: str, raised: str) -> None:
    assert raised_headings(markup) == raised


def test_paragraphs_are_kept_and_escaped() -> None:
    assert paragraphs("een <b>\r\n\r\ntwee\n\n\n") == "<p>een &lt;b&gt;</p><p>twee</p>"


@pytest.mark.parametrize("address", ["", "niets", "https://[", "javascript:x"])
def test_what_is_no_address_has_no_host(address: str) -> None:
    assert host_of(address) == ""


@pytest.mark.parametrize(
    "path", [None, "", "kennis", "//evil.example", "/\\evil.example", "/\n/evil", "/\x00", "/" + "x" * 3_000]
)
def test_paths_that_lead_elsewhere_lead_home(path: str | None) -> None:
    assert local_path(path) == "/"


def test_the_examples_hold() -> None:
    assert doctest.testmod(paths).failed == 0


def test_a_notice_is_added_once() -> None:
    assert with_notice("/x", "gevolgd") == "/x?bericht=gevolgd"
    assert with_notice("/x?bericht=gevolgd#y", "ontvolgd", "z") == "/x?bericht=ontvolgd#z"
    assert with_notice("/x?theme=a", "gevolgd") == "/x?theme=a&bericht=gevolgd"
