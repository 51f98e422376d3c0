"""The settings that an administrator may see: every one of them, and never a secret."""

import pytest

from deploy.settings import KNOWN, Settings
from deploy.shown import NOT_SET, SHOWN, shown

SECRET = "geheim-" + "x" * 40
ENVIRONMENT = {
    "SAMENSPRAAK_BASE_URL": "https://tilburg.example",
    "SAMENSPRAAK_SECRET_KEY": SECRET,
    "SAMENSPRAAK_DATABASE_URL": f"postgresql://samenspraak:{SECRET}@db.example/samenspraak?password={SECRET}",
    "SAMENSPRAAK_SMTP_URL": f"smtps://bode:{SECRET}@mail.example:465",
    "SAMENSPRAAK_ALLOW_ADDRESSES": "127.0.0.1:9100,10.0.0.0/8",
    "SAMENSPRAAK_TRUSTED_PROXIES": "10.0.0.0/8",
}


def told(environment: dict[str, str]) -> dict[str, str]:
    """Return what is shown of an environment."""
    return dict(shown(Settings.from_environment(environment), processes=3))


def test_every_setting_is_shown() -> None:
    assert set(SHOWN) == set(KNOWN)


def test_no_secret_is_ever_shown() -> None:
    found = told(ENVIRONMENT)
    assert not [name for name, value in found.items() if SECRET in value or "geheim" in value]
    assert found["SAMENSPRAAK_SECRET_KEY"] == "set"
    assert found["SAMENSPRAAK_DATABASE_URL"] == "postgresql://samenspraak:***@db.example/samenspraak"
    assert found["SAMENSPRAAK_SMTP_URL"] == "mail.example:465 (tls, with a password)"


def test_what_holds_is_shown_also_when_it_was_not_set() -> None:
    found = told({})
    assert found["SAMENSPRAAK_REQUIRE_MFA"] == "on"
    assert found["SAMENSPRAAK_LISTEN"] == "127.0.0.1:8080"
    assert found["SAMENSPRAAK_HOSTS"] == NOT_SET
    assert found["--processes"] == "3"


@pytest.mark.parametrize("given", ["127.0.0.1:9100", "10.0.0.0/8"])
def test_allowed_addresses_are_told_with_their_port(given: str) -> None:
    found = told({"SAMENSPRAAK_ALLOW_ADDRESSES": given})["SAMENSPRAAK_ALLOW_ADDRESSES"]
    assert found == {"127.0.0.1:9100": "127.0.0.1/32 port 9100", "10.0.0.0/8": "10.0.0.0/8"}[given]
