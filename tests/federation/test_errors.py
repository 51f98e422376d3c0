import pytest

from federation import errors
from federation.errors import (
    DocumentError,
    FederationError,
    FetchError,
    Gone,
    OriginError,
    SignatureError,
    TooLarge,
    UnexpectedStatus,
)

EVERY = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, FederationError)
]  # fmt: skip


@pytest.mark.parametrize("leaf", EVERY)
def test_every_error_keeps_its_reason_from_its_public_sentence(leaf: type[FederationError]) -> None:
    secret = "10.0.0.7 said <script>"
    error = leaf(503, reason=secret) if leaf in (Gone, UnexpectedStatus) else leaf(secret)
    assert error.reason == secret == str(error)
    assert secret not in error.public
    assert "\n" not in error.public


def test_each_kind_is_answered_with_its_own_status() -> None:
    assert DocumentError.http_status == 400
    assert TooLarge.http_status == 413
    assert SignatureError.http_status == 401
    assert OriginError.http_status == 403
    assert errors.KeyUnavailable.http_status == 503
    assert FetchError.http_status == Gone.http_status == 502


def test_an_unexpected_status_says_when_to_come_back() -> None:
    error = UnexpectedStatus(429, 30.0)
    assert (error.status, error.retry_after, error.reason) == (429, 30.0, "answered 429")


def test_the_public_sentence_can_be_more_exact() -> None:
    assert DocumentError("private", public="Too many options.").public == "Too many options."
