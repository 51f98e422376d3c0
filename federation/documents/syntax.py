"""Bytes to JSON and back, stricter than JSON itself.

Refused besides what is not JSON: what costs time or breaks what comes after (deep nesting, 6,000-digit integers), what
two readers can understand differently (duplicate keys, NaN), and what a database cannot store (NUL, lone surrogates).

This runs for every document that arrives, so the common case takes only C-speed looks at the whole body; the exact
look at each value follows only where such a look found something to doubt.
"""

import json
import math
import re
from typing import Any, Final

from federation.errors import DocumentError, TooLarge

JsonObject = dict[str, Any]

_INT64 = range(-(2**63), 2**63)
# Longer than the longest 64-bit integer and the longest shortest-form double.
_MAX_INTEGER_CHARS: Final = 20
_MAX_FLOAT_CHARS: Final = 64
_MAX_VALUES: Final = 20_000

# Possessive, with the closing quote optional: every quote is consumed once, so this is linear on any input.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_AS_ROUND = bytes.maketrans(b"[]{}", b"()()")
_DOUBTFUL_ESCAPES = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(body: bytes, *, max_bytes: int = 1_048_576, max_depth: int = 64) -> JsonObject:
    """Read an untrusted JSON document whose top is an object.

    Raises ``TooLarge`` for more than ``max_bytes`` bytes, and ``DocumentError`` for whatever else is wrong.
    """
    if len(body) > max_bytes:
        raise TooLarge(f"{len(body)} bytes, more than {max_bytes}")
    _check_shape(body, max_depth)
    try:
        document = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise DocumentError(f"not JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise DocumentError("nested too deep for the reader") from None
    if type(document) is not dict:
        raise DocumentError("the top of the document is not an object")
    if _DOUBTFUL_ESCAPES.search(body):
        _check_strings(document)
    return document


def dump(document: JsonObject) -> bytes:
    """Write a document of ours: compact UTF-8. Raises ``ValueError`` for what JSON has no form for."""
    return _ENCODER.encode(document).encode("utf-8")


def _check_shape(body: bytes, max_depth: int) -> None:
    # Before the parser sees it, so that its own recursion and patience are never put to the test: a million bytes can
    # hold half a million values, which would occupy the server for as long as a hundred signatures.
    opened = body.count(b"{") + body.count(b"[")
    if opened <= max_depth and body.count(b",") <= _MAX_VALUES:
        return
    bare = _STRINGS.sub(b"", body)
    if bare.count(b",") + bare.count(b"{") + bare.count(b"[") > _MAX_VALUES:
        raise DocumentError(f"more than {_MAX_VALUES} values")
    nesting = bare.translate(_AS_ROUND, _NOT_BRACKETS)
    for _ in range(max_depth):
        # Takes away the innermost level everywhere at once.
        nesting = nesting.replace(b"()", b"")
        if not nesting:
            return
    raise DocumentError(f"nested deeper than {max_depth}, or its brackets don't match")


def _check_strings(document: JsonObject) -> None:
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if type(value) is str:
            if _UNSTORABLE.search(value):
                raise DocumentError("NUL or half a surrogate pair in a string")
        elif type(value) is dict:
            waiting.extend(value)
            waiting.extend(value.values())
        elif type(value) is list:
            waiting.extend(value)


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise DocumentError("the same key twice in one object")
    return read


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_CHARS or (number := int(digits)) not in _INT64:
        raise DocumentError("an integer of more than 64 bits")
    return number


def _float(digits: str) -> float:
    if len(digits) > _MAX_FLOAT_CHARS or not math.isfinite(number := float(digits)):
        raise DocumentError("a number out of range")
    return number


def _constant(name: str) -> float:
    raise DocumentError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
