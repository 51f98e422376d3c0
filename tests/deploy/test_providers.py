"""Providers of OpenID Connect: read from the environment or a file, and one line for each that is wrong."""

from pathlib import Path

import pytest

from actors.kinds import Role
from deploy.settings import SettingError, Settings
from deploy.shown import shown
from web.oidc.settings import NewPeople

ISSUER = "https://login.tilburg.example/realms/x"
TWO = """
[gemeente]
issuer = "https://login.tilburg.example"
client_id = "samen"
client_secret = "geheim"
name = "Gemeente Tilburg"
scopes = ["openid", "groups"]
groups_claim = "rollen"
new_people = "approval"
[gemeente.roles]
beheer = ["administrator"]
redactie = ["editor", "moderator"]
[rijk]
issuer = "https://sso.rijk.example"
client_id = "samen"
"""


def read(**settings: str) -> Settings:
    return Settings.from_environment({f"SAMENSPRAAK_{name}": value for name, value in settings.items()})


def test_one_provider_comes_from_the_environment() -> None:
    (provider,) = read(
        OIDC_ISSUER=ISSUER, OIDC_CLIENT_ID="samen", OIDC_CLIENT_SECRET="geheim", OIDC_NAME="Tilburg",
        OIDC_SCOPES="openid email", OIDC_ROLES="a=b=administrator, pers=editor+moderator", OIDC_CLAIM_GROUPS="rollen",
        OIDC_NEW_PEOPLE="on",
    ).providers  # fmt: skip
    assert (provider.key, provider.issuer, provider.label) == ("oidc", ISSUER, "Tilburg")
    assert provider.scopes == ("openid", "email")
    assert provider.roles == {
        "a=b": frozenset({Role.ADMINISTRATOR}), "pers": frozenset({Role.EDITOR, Role.MODERATOR}),
    }  # fmt: skip
    assert provider.new_people is NewPeople.ON
    assert "geheim" not in repr(provider)


def test_what_is_not_said_is_careful() -> None:
    (provider,) = read(OIDC_ISSUER=ISSUER, OIDC_CLIENT_ID="samen").providers
    assert provider.new_people is NewPeople.OFF
    assert provider.roles == {}
    assert provider.label == "login.tilburg.example"
    assert read().providers == ()


def test_several_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(TWO)
    gemeente, rijk = read(OIDC_FILE=str(file)).providers
    assert gemeente.roles["redactie"] == {Role.EDITOR, Role.MODERATOR}
    assert gemeente.new_people is NewPeople.APPROVAL
    assert (rijk.key, rijk.path) == ("rijk", "/inloggen/via/rijk")


def test_a_secret_is_not_shown() -> None:
    told = dict(shown(read(OIDC_ISSUER=ISSUER, OIDC_CLIENT_ID="samen", OIDC_CLIENT_SECRET="geheim-woord"), processes=1))
    assert told["SAMENSPRAAK_OIDC_ISSUER"] == ISSUER
    assert "geheim-woord" not in str(told)


@pytest.mark.parametrize(
    "settings",
    [
        {"OIDC_CLIENT_ID": "x"}, {"OIDC_ISSUER": ISSUER}, {"OIDC_ISSUER": "ftp://x", "OIDC_CLIENT_ID": "x"},
        {"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "x", "OIDC_ROLES": "beheer"},
        {"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "x", "OIDC_ROLES": "beheer=koning"},
        {"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "x", "OIDC_SCOPES": "profile"},
        {"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "x", "OIDC_NEW_PEOPLE": "all"},
        {"OIDC_FILE": "/nergens.toml"},
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(settings: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="SAMENSPRAAK_OIDC_"):
        read(**settings)


@pytest.mark.parametrize(
    "text",
    ["[", "x = 1", "[A]\nissuer='https://x.example'\nclient_id='x'", "[a]\nissuer='https://x.example'",
     "[a]\nissuer='https://x.example'\nclient_id='x'\nsecret='x'", "[a]\nissuer=1\nclient_id='x'",
     "[a]\nissuer='https://x.example'\nclient_id='x'\nroles={b=1}",
     "[a]\nissuer='https://x.example'\nclient_id='x'\n[b]\nissuer='https://x.example'\nclient_id='y'"],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(text)
    with pytest.raises(SettingError, match="SAMENSPRAAK_OIDC_FILE"):
        read(OIDC_FILE=str(file))
