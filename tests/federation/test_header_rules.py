import subprocess
import sys

from federation.header_rules import signature_header, signing_string


def test_the_signing_string_is_that_of_the_draft() -> None:
    covered = ("(request-target)", "host", "(created)")
    headers = {"host": "tilburg.example", "(created)": "1"}
    assert signing_string(covered, headers, method="POST", target="/inbox") == (
        b"(request-target): post /inbox\nhost: tilburg.example\n(created): 1"
    )


def test_the_header_keeps_a_percent_sign_in_a_key_id() -> None:
    header = signature_header("https://a.example/%s", "hs2019", ("host", "date"), "QQ==")
    assert 'keyId="https://a.example/%s"' in header
    assert 'signature="QQ=="' in header
    assert 'headers="host date"' in header


def test_httpsig_is_imported_without_a_warning() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import federation.signatures"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
