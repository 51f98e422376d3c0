from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from federation.documents import (
    addressees_of,
    check_iri,
    datetime_of,
    id_of,
    ids_of,
    iri_of,
    language_map_of,
    origin_of,
    same_origin,
    text_of,
    types_of,
    url_of,
)
from federation.errors import DocumentError
from federation.vocabulary import PUBLIC
from tests.federation.documents.test_syntax import JSON


@pytest.mark.parametrize(
    "iri",
    [
        "https://tilburg.example",
        "https://tilburg.example/users/anna#main-key",
        "HTTPS://Tilburg.Example:8443/a?b=c",
        "http://[::1]:8080/x",
        "http://127.0.0.1/",
        "https://tilburg.example/wijk/Groenewoud-é",
        "https://tilburg.example?x",
    ],
)
def test_an_iri_on_the_web_is_accepted_unchanged(iri: str) -> None:
    assert check_iri(iri) == iri


@pytest.mark.parametrize(
    "iri",
    [
        None, 5, "", "tilburg.example", "//tilburg.example/x", "ftp://tilburg.example/", "javascript:alert(1)",
        "https://", "https:///x", "https://anna:geheim@tilburg.example/", "https://anna@tilburg.example/",
        "https://tilburg.example/a b", "https://tilburg.example/\n", "https://tilburg.example/\u202ex",
        "https://tilburg.example\\@evil.example/", "https://tilburg.example:0/", "https://tilburg.example:99999/",
        "https://tilburg.example:/x", "https://-x/", "https://tilburg.example/" + "x" * 2048, "https://[::1/x",
        "https://tilburg.example/\ud800", "https://tïlburg.example/",
    ],
)  # fmt: skip
def test_anything_else_is_no_iri(iri: object) -> None:
    with pytest.raises(DocumentError):
        check_iri(iri)
    assert iri_of(iri) is None


def test_the_origin_ignores_case_and_the_default_port_and_nothing_else() -> None:
    assert origin_of("https://TILBURG.example/x") == ("https", "tilburg.example", 443)
    assert same_origin("https://tilburg.example/x", "https://tilburg.example:443")
    assert not same_origin("https://tilburg.example", "http://tilburg.example")
    assert not same_origin("https://tilburg.example", "https://tilburg.example:8443")
    assert not same_origin("https://tilburg.example", "https://x.tilburg.example")


def test_an_id_is_found_in_a_string_an_object_a_link_and_a_list_of_one() -> None:
    assert id_of("a") == id_of({"id": "a"}) == id_of({"type": "Link", "href": "a"}) == id_of(["a"]) == "a"
    assert id_of(["a", "b"]) is id_of({}) is id_of(5) is id_of({"id": ["a"]}) is None


def test_a_long_list_of_ids_is_cut_and_doubles_are_taken_once() -> None:
    assert ids_of(["a", {"id": "a"}, "b", "c"], cap=3) == ("a", "b")


def test_the_public_is_known_by_all_its_names_and_nonsense_is_left_out() -> None:
    assert addressees_of(["as:Public", "Public", "bto", 5, "https://a.example/f"]) == (PUBLIC, "https://a.example/f")


def test_too_many_addressees_are_refused_rather_than_cut() -> None:
    with pytest.raises(DocumentError):
        addressees_of([f"https://a.example/{n}" for n in range(101)])


def test_a_text_is_cut_at_its_cap() -> None:
    assert text_of("abcdef", 3) == "abc"
    assert text_of(["x", "y"], 3) == "x"
    assert text_of({"a": 1}, 3) is None


def test_a_language_map_holds_only_languages_and_texts() -> None:
    assert language_map_of({"nl": "dag", "en-GB": "hello", "": "x", "no good": "x", "de": 5}, 3) == {
        "nl": "dag", "en-GB": "hel",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-14T14:00:00Z", datetime(2026, 4, 14, 14, tzinfo=UTC)),
        ("2026-04-14T14:00:00.123456789+02:00", datetime(2026, 4, 14, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-04-14T14:00:00", datetime(2026, 4, 14, 14, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("2026-04-14T14:00:00Z" + " " * 100, None),
        (1776175200, None),
    ],
)
def test_a_moment_is_read_in_utc_or_not_at_all(text: object, moment: datetime | None) -> None:
    assert datetime_of(text) == moment


def test_a_url_prefers_the_page() -> None:
    links = [
        {"type": "Link", "mediaType": "application/x-bittorrent", "href": "https://a.example/t"},
        {"type": "Link", "mediaType": "text/html", "href": "https://a.example/p"},
    ]
    assert url_of(links) == "https://a.example/p"
    assert url_of({"type": "Image", "url": [{"href": "https://a.example/i"}]}) == "https://a.example/i"
    assert url_of("javascript:alert(1)") is None


@given(JSON)
def test_readers_raise_nothing_but_our_own_errors(value: Any) -> None:
    for reader in (id_of, iri_of, ids_of, datetime_of, url_of):
        reader(value)
    text_of(value, 10)
    language_map_of(value, 10)
    types_of({"type": value})
    with suppress(DocumentError):
        addressees_of(value)
    with suppress(DocumentError):
        check_iri(value)
    with suppress(DocumentError):
        origin_of(str(value))


@pytest.mark.parametrize(
    "iri",
    [
        "http\u017f://evil.example/n",
        "https://te\u017ft.example/n",
        "https://ban\u212a.example/n",
        "https://evil.example./n",
        "https://[1:2]/n",
        "https://tilburg.example/\u2003n",
    ],
)
def test_no_second_spelling_of_a_server_is_an_iri(iri: str) -> None:
    with pytest.raises(DocumentError):
        check_iri(iri)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_are_no_moments(moment: str) -> None:
    assert datetime_of(moment) is None
