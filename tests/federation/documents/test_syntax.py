import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.documents import dump, parse
from federation.errors import DocumentError, TooLarge


def test_a_plain_document_is_read_as_it_is() -> None:
    document = {
        "id": "https://tilburg.example/1",
        "content": "één 🙂",
        "n": 9_223_372_036_854_775_807,
        "x": [1.5, None],
    }
    assert parse(json.dumps(document).encode()) == document
    assert parse(dump(document)) == document


def test_what_is_written_is_compact_utf8() -> None:
    assert dump({"naam": "één", "lijst": [1, 2]}) == '{"naam":"één","lijst":[1,2]}'.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"{",
        b'{"a":1}x',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":9223372036854775808}',
        b'{"a":' + b"9" * 6000 + b"}",
        b'{"a":0.' + b"9" * 6000 + b"}",
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":"\x00"}',
        b'{"a":"\\ud800"}',
        b'{"a":["\\udc00\\ud800"]}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_what_is_doubtful_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentError):
        parse(body)


def test_an_escaped_emoji_and_an_escaped_backslash_are_not_doubtful() -> None:
    assert parse(b'{"a":"\\ud83d\\ude42","b":"\\\\u0000"}') == {"a": "🙂", "b": "\\u0000"}


def test_more_bytes_than_allowed_is_too_large() -> None:
    with pytest.raises(TooLarge):
        parse(b'{"a":"' + b"x" * 100 + b'"}', max_bytes=100)


def test_depth_is_counted_exactly() -> None:
    deepest = b'{"a":' * 63 + b"[]" + b"}" * 63
    assert parse(deepest)
    with pytest.raises(DocumentError):
        parse(b'{"a":' + deepest + b"}")


def test_brackets_inside_strings_are_not_depth() -> None:
    text = '[{"\\' * 200
    assert parse(json.dumps({"a": text, "b": [[]] * 100}).encode())["a"] == text


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"a":[' + b"[]," * 300_000 + b"[]]}",
        b'{"a":"' + b'\\"' * 500_000,
        b'{"a":[[' * 40 + b'"\\"' * 250_000,
        b'{"a":[' + b"9" * 1_000_000 + b"]}",
    ],
)
def test_a_hostile_megabyte_costs_little(body: bytes) -> None:
    started = time.process_time()
    with suppress(DocumentError):
        parse(body)
    assert time.process_time() - started < 1.0


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0d8"1eE+-.aNI \n', max_size=80).map(str.encode))
def test_bytes_never_raise_anything_but_document_error(body: bytes) -> None:
    with suppress(DocumentError):
        assert type(parse(body)) is dict


STORABLE = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(STORABLE),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(STORABLE), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.text(STORABLE), JSON, max_size=5))
def test_what_is_written_is_read_back(document: dict[str, object]) -> None:
    assert parse(dump(document)) == document
    assert parse(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    "values", [",".join(["[" * 60 + "]" * 60] * 8_000), ",".join(["1"] * 400_000), ",".join(['{"a":1}'] * 90_000)]
)
def test_a_document_of_very_many_values_is_refused_before_it_is_read(values: str) -> None:
    with pytest.raises(DocumentError, match="values"):
        parse(f'{{"id":"x","x":[{values}]}}'.encode())


def test_a_long_text_full_of_brackets_and_commas_is_fine() -> None:
    assert parse(b'{"content":"' + b"[,{" * 60_000 + b'"}')["content"].startswith("[,{")
