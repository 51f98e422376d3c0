import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from federation.errors import SignatureError
from federation.keys import PrivateKey, SigningKey, generate_ed25519, generate_rsa, public_pem
from federation.signatures import Signature, _sign_bytes, read_signature, sign_get, sign_post

NOW = datetime(2026, 4, 14, 14, 0, 0, tzinfo=UTC)
URL = "https://utrecht.example/inbox?x=%C3%A9"
TARGET = "/inbox?x=%C3%A9"
HOST = "utrecht.example"
BODY = b'{"type":"Follow"}'
RSA = generate_rsa()
KEYS = {"rsa": RSA, "ed25519": generate_ed25519()}


@pytest.fixture(params=list(KEYS))
def key(request: pytest.FixtureRequest) -> SigningKey:
    return SigningKey("https://tilburg.example/users/anna#main-key", KEYS[request.param])


def verify(signature: Signature, private: PrivateKey, *, body: bytes = BODY, now: datetime = NOW) -> None:
    signature.verify(private.public_key(), body=body, host_expected=HOST, now=now)


def signed(covered: str, sent: dict[str, str], *, extra: str = "", **changes: str) -> Signature:
    """Sign freely with the RSA key, as a sender does who keeps to other rules, and read it."""
    headers = {"host": HOST, "date": format_datetime(NOW, usegmt=True), **sent}
    special = {"(request-target)": f"post {TARGET}", "(created)": str(int(NOW.timestamp()))}
    message = "\n".join(f"{name}: {({**headers, **special})[name]}" for name in covered.split())
    value = base64.b64encode(_sign_bytes(RSA, message.encode())[1]).decode()
    parameters = {
        "keyId": "https://tilburg.example/users/anna#main-key",
        "algorithm": "hs2019",
        "headers": covered,
        "signature": value,
    } | changes
    header = ",".join(f'{name}="{text}"' for name, text in parameters.items() if text) + extra
    return read_signature("POST", TARGET, [*headers.items(), ("signature", header)])


def digest_of(body: bytes, name: str = "SHA-256") -> str:
    return f"{name}=" + base64.b64encode(hashlib.new(name.replace("-", ""), body).digest()).decode()


DIGEST = {"digest": digest_of(BODY)}
COVERED = "(request-target) host date digest"


def test_a_signed_post_is_verified(key: SigningKey) -> None:
    headers = sign_post(URL, BODY, key, now=NOW)
    assert headers["Host"] == HOST
    signature = read_signature("POST", TARGET, CIMultiDict(headers))
    assert signature.key_id == key.key_id
    assert signature.covered == ("(request-target)", "host", "date", "digest", "content-type")
    verify(signature, key.private)


def test_a_signed_get_is_verified(key: SigningKey) -> None:
    signature = read_signature("GET", TARGET, list(sign_get(URL, key, now=NOW).items()))
    verify(signature, key.private, body=b"")


def test_the_port_is_part_of_the_host_unless_it_is_the_default() -> None:
    key = SigningKey("https://tilburg.example/a#k", RSA)
    assert sign_get("http://utrecht.localhost:8081/x", key, now=NOW)["Host"] == "utrecht.localhost:8081"
    assert sign_get("https://utrecht.example:443/x", key, now=NOW)["Host"] == "utrecht.example"
    signature = read_signature("GET", "/x", sign_get("https://utrecht.example/x", key, now=NOW))
    signature.verify(RSA.public_key(), body=b"", host_expected="Utrecht.example:443", now=NOW)


def test_a_key_id_with_percent_signs_is_kept() -> None:
    key = SigningKey("https://tilburg.example/%s/%25#k", RSA)
    signature = read_signature("GET", TARGET, sign_get(URL, key, now=NOW))
    assert signature.key_id == key.key_id
    verify(signature, RSA, body=b"")


def test_a_path_without_ascii_is_signed_as_it_is_sent() -> None:
    key = SigningKey("https://tilburg.example/a#k", RSA)
    verify(read_signature("GET", "/%C3%A9", sign_get("https://utrecht.example/é", key, now=NOW)), RSA, body=b"")


def test_another_body_is_refused(key: SigningKey) -> None:
    signature = read_signature("POST", TARGET, sign_post(URL, BODY, key, now=NOW))
    with pytest.raises(SignatureError, match="digest"):
        verify(signature, key.private, body=BODY + b" ")


@pytest.mark.parametrize(("method", "target"), [("PUT", TARGET), ("POST", "/inbox"), ("POST", "/outbox?x=%C3%A9")])
def test_another_target_is_refused(key: SigningKey, method: str, target: str) -> None:
    signature = read_signature(method, target, sign_post(URL, BODY, key, now=NOW))
    with pytest.raises(SignatureError, match="does not fit"):
        verify(signature, key.private)


def test_a_signature_by_another_key_is_refused(key: SigningKey) -> None:
    signature = read_signature("POST", TARGET, sign_post(URL, BODY, key, now=NOW))
    with pytest.raises(SignatureError):
        verify(signature, generate_rsa())
    with pytest.raises(SignatureError):
        verify(signature, generate_ed25519())


def test_a_signature_for_another_host_is_refused(key: SigningKey) -> None:
    signature = read_signature("POST", TARGET, sign_post(URL, BODY, key, now=NOW))
    with pytest.raises(SignatureError, match="not for us"):
        signature.verify(key.private.public_key(), body=BODY, host_expected="tilburg.example", now=NOW)


@pytest.mark.parametrize("later", [timedelta(hours=12), timedelta(hours=-1), timedelta()])
def test_a_signature_within_the_window_holds(key: SigningKey, later: timedelta) -> None:
    verify(read_signature("POST", TARGET, sign_post(URL, BODY, key, now=NOW)), key.private, now=NOW + later)


@pytest.mark.parametrize("later", [timedelta(hours=12, seconds=1), timedelta(hours=-1, seconds=-1)])
def test_a_signature_outside_the_window_is_refused(key: SigningKey, later: timedelta) -> None:
    signature = read_signature("POST", TARGET, sign_post(URL, BODY, key, now=NOW))
    with pytest.raises(SignatureError, match="seconds ago"):
        verify(signature, key.private, now=NOW + later)


@pytest.mark.parametrize("left_out", ["(request-target)", "host", "date"])
def test_a_signature_that_leaves_out_what_it_is_for_is_refused(left_out: str) -> None:
    with pytest.raises(SignatureError, match="covered"):
        signed(COVERED.replace(left_out, "").strip(), DIGEST)


def test_a_signature_that_leaves_out_the_body_is_refused() -> None:
    with pytest.raises(SignatureError, match="body is not covered"):
        verify(signed("(request-target) host date", DIGEST), RSA)


def test_a_signature_without_a_list_covers_only_the_date() -> None:
    with pytest.raises(SignatureError, match="covered"):
        signed("date", {}, headers="")


def test_created_stands_for_the_date() -> None:
    created = f",created={int(NOW.timestamp())}"
    signature = signed("(request-target) host (created) digest", DIGEST, extra=created)
    verify(signature, RSA)
    with pytest.raises(SignatureError, match="seconds ago"):
        verify(signature, RSA, now=NOW + timedelta(days=1))


def test_created_does_not_go_with_the_older_algorithm() -> None:
    with pytest.raises(SignatureError, match="created"):
        signed("(request-target) host (created)", {}, algorithm="rsa-sha256", extra=",created=1")


def test_a_signature_that_has_expired_is_refused() -> None:
    verify(signed(COVERED, DIGEST, extra=f",expires={int(NOW.timestamp())}"), RSA)
    with pytest.raises(SignatureError, match="expired"):
        verify(signed(COVERED, DIGEST, extra=f",expires={int(NOW.timestamp()) - 1}"), RSA)


def test_a_hmac_with_the_public_key_as_its_secret_is_refused() -> None:
    headers = sign_post(URL, BODY, SigningKey("https://tilburg.example/a#k", RSA), now=NOW)
    message = read_signature("POST", TARGET, headers).message
    forged = base64.b64encode(hmac.digest(public_pem(RSA).encode(), message, "sha256")).decode()
    for algorithm in ("hmac-sha256", "HMAC-SHA256", "rsa-sha256"):
        value = f'keyId="https://tilburg.example/a#k",algorithm="{algorithm}",headers="{COVERED}",signature="{forged}"'
        with pytest.raises(SignatureError):
            verify(read_signature("POST", TARGET, {**headers, "Signature": value}), RSA)


@pytest.mark.parametrize("algorithm", ["", "hs2019", "rsa-sha256", "RSA-SHA256"])
def test_the_algorithm_is_the_keys_whatever_name_it_goes_by(algorithm: str) -> None:
    verify(signed(COVERED, DIGEST, algorithm=algorithm), RSA)


def test_an_algorithm_of_another_kind_of_key_is_refused() -> None:
    with pytest.raises(SignatureError, match="does not go with this key"):
        verify(signed(COVERED, DIGEST, algorithm="ed25519"), RSA)


@pytest.mark.parametrize("name", ["Host", "Date", "Digest", "Signature"])
def test_a_covered_header_that_is_sent_twice_is_refused(key: SigningKey, name: str) -> None:
    headers = CIMultiDict(sign_post(URL, BODY, key, now=NOW))
    headers.add(name.lower(), headers[name])
    with pytest.raises(SignatureError, match="sent twice"):
        read_signature("POST", TARGET, headers)


def test_a_header_that_is_not_covered_may_be_sent_twice(key: SigningKey) -> None:
    headers = CIMultiDict(sign_post(URL, BODY, key, now=NOW))
    headers.extend([("Via", "a"), ("Via", "b")])
    verify(read_signature("POST", TARGET, headers), key.private)


def test_sha_512_is_read_and_every_known_digest_must_fit() -> None:
    longer = digest_of(BODY, "SHA-512")
    verify(signed(COVERED, {"digest": longer}), RSA)
    verify(signed(COVERED, {"digest": f"md5=xx,{longer},{DIGEST['digest'].replace('SHA', 'sha')}"}), RSA)
    with pytest.raises(SignatureError, match="not that of the body"):
        verify(signed(COVERED, {"digest": f"{longer},{digest_of(b'other')}"}), RSA)
    with pytest.raises(SignatureError, match="no kind that we know"):
        verify(signed(COVERED, {"digest": "MD5=abcd"}), RSA)
    with pytest.raises(SignatureError, match="base64"):
        verify(signed(COVERED, {"digest": "SHA-256=*"}), RSA)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        'keyId="https://a.example/k"',
        'keyId="https://a.example/k",keyId="https://b.example/k",headers="(request-target) host date",signature="AA=="',
        'keyId="acct:a",headers="(request-target) host date",signature="AA=="',
        'headers="(request-target) host date",signature="AA=="',
        'keyId="https://a.example/k",headers="(request-target) host date",signature="*"',
        'keyId="https://a.example/k",headers="(request-target) host date date",signature="AA=="',
        'keyId="https://a.example/k",headers="(request-target) host date x-none",signature="AA=="',
        'keyId="https://a.example/k",headers="(request-target) host date (expires)",signature="AA=="',
        'keyId="https://a.example/k",headers="(request-target) host date x-odd",signature="AA=="',
        'keyId="https://a.example/k",headers="(request-target) host date x-broken",signature="AA=="',
        'keyId="https://a.example/k",headers="(request-target) host date",signature="AA==",expires="soon"',
        'keyId="https://a.example/k",headers="(request-target) host date' + " x" * 40 + '",signature="AA=="',
        'keyId="https://a.example/k",' * 500,
    ],
)
def test_a_malformed_signature_is_refused(header: str) -> None:
    headers = [
        ("host", HOST), ("date", "Tue, 14 Apr 2026 14:00:00 GMT"), ("x-odd", "é"), ("x-broken", "a\nhost: b"),
        ("signature", header),
    ]  # fmt: skip
    with pytest.raises(SignatureError):
        read_signature("GET", "/x", headers)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Apr 2026 14:00:00 GMT", "Tue, 14 Apr 0000 25:00:00 GMT"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(SignatureError):
        signed(COVERED, {**DIGEST, "date": date})


@pytest.mark.parametrize("target", ["", "*", "https://utrecht.example/inbox"])
def test_a_target_that_is_no_path_is_refused(target: str) -> None:
    headers = sign_post(URL, BODY, SigningKey("https://tilburg.example/a#k", RSA), now=NOW)
    with pytest.raises(SignatureError):
        read_signature("POST", target, headers)


@given(st.text(max_size=80), st.text(max_size=30), st.text(max_size=20))
def test_headers_never_raise_anything_but_signature_error(header: str, date: str, target: str) -> None:
    for value in (header, f'keyId="https://a.example/k",headers="(request-target) host date",signature="{header}"'):
        try:
            signature = read_signature("GET", target, [("host", HOST), ("date", date), ("signature", value)])
            verify(signature, RSA, body=b"")
        except SignatureError:
            continue
        pytest.fail("something made up was verified")


def test_the_example_of_the_draft_is_read() -> None:
    # draft-cavage-http-signatures-12, appendix C.3; its key has 1024 bits, so only the signing string is compared.
    signature = read_signature(
        "POST",
        "/foo?param=value&pet=dog",
        [
            ("Host", "example.com"),
            ("Date", "Sun, 05 Jan 2014 21:31:40 GMT"),
            ("Signature", 'keyId="https://example.com/test",algorithm="rsa-sha256",'
                          'headers="(request-target) host date",signature="qdx+H7PHHDZgy4y/Ahn9Tny9"'),
        ],
    )  # fmt: skip
    assert signature.message == (
        b"(request-target): post /foo?param=value&pet=dog\nhost: example.com\ndate: Sun, 05 Jan 2014 21:31:40 GMT"
    )
