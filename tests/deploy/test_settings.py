"""The environment, read once: defaults, and one line for each setting that is wrong."""

import stat
from pathlib import Path

import pytest

from deploy.settings import KNOWN, SettingError, Settings


def read(**settings: str) -> Settings:
    return Settings.from_environment({f"SAMENSPRAAK_{name}": value for name, value in settings.items()})


def test_nothing_has_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.site.base_url == "http://127.0.0.1:8080"
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/samenspraak.sqlite3"
    assert settings.secret_key is None
    assert settings.rate_limits
    assert settings.trusted_proxies == ()
    assert settings.log_level == "INFO"
    assert (settings.smtp, settings.mail_from) == (None, "samenspraak@127.0.0.1")
    assert not settings.address_policy.allowed
    assert dict(settings.hosts) == {}
    assert not list(tmp_path.iterdir()), "reading settings writes nothing"


def test_what_is_empty_is_not_set() -> None:
    assert read(**dict.fromkeys(KNOWN, " ")) == read()


def test_other_names_in_the_environment_are_none_of_its_business() -> None:
    assert Settings.from_environment({"PATH": "/bin", "SAMEN": "x", "samenspraak_x": "y"}) == read()


def test_everything_can_be_set(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("x")
    settings = read(
        BASE_URL="https://Samen.Tilburg.example/", DATABASE_URL="postgresql://u:p%40w@db/samen", DATA_DIR=str(tmp_path),
        LISTEN="[::1]:9000", SECRET_KEY="x" * 32, ALLOW_ADDRESSES="127.0.0.1:9100, 10.0.0.0/24",
        HOSTS="utrecht.example=http://127.0.0.1:9102,Breda.example:8443=http://[::1]:9103", CA_FILE=str(authority),
        RATE_LIMITS="off", REQUIRE_MFA="off", STYLE_PAGE="on", LOG_LEVEL="Warning",
        TRUSTED_PROXIES="127.0.0.1, ::1, 10.0.0.0/8",
    )  # fmt: skip
    assert settings.site.base_url == "https://samen.tilburg.example"
    assert settings.database_url == "postgresql://u:p%40w@db/samen"
    assert (settings.host, settings.port) == ("::1", 9000)
    assert settings.secret() == "x" * 32
    assert settings.address_policy.permits_plain("127.0.0.1", 9100)
    assert not settings.address_policy.permits_plain("127.0.0.1", 9101)
    assert settings.hosts == {
        "utrecht.example": "http://127.0.0.1:9102", "breda.example:8443": "http://[::1]:9103",
    }  # fmt: skip
    assert settings.ca_file == authority
    assert not settings.rate_limits
    assert not settings.require_mfa
    assert settings.style_page
    assert not read().style_page
    assert read().require_mfa
    assert len(settings.trusted_proxies) == 3
    assert settings.log_level == "WARNING"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "tilburg.example"), ("BASE_URL", "https://tilburg.example/pad"), ("BASE_URL", "ftp://tilburg.example"),
        ("BASE_URL", "https://u:p@tilburg.example"), ("BASE_URL", "https://tilburg.example:99999"),
        ("BASE_URL", "https://[::1"),
        ("DATABASE_URL", "mysql://x/y"), ("DATABASE_URL", "zomaar iets"), ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"), ("DATABASE_URL", "postgresql://db:port/x"), ("DATABASE_URL", "x://"),
        ("LISTEN", "8080"), ("LISTEN", ":8080"), ("LISTEN", "127.0.0.1"), ("LISTEN", "127.0.0.1:0"),
        ("LISTEN", "127.0.0.1:65536"), ("LISTEN", "127.0.0.1:http"), ("LISTEN", "127.0.0.1:²"), ("LISTEN", "a b:80"),
        ("SECRET_KEY", "kort"),
        ("ALLOW_ADDRESSES", "localhost"), ("ALLOW_ADDRESSES", "127.0.0.1:x"), ("ALLOW_ADDRESSES", "300.0.0.1"),
        ("HOSTS", "utrecht.example"), ("HOSTS", "utrecht.example=127.0.0.1:9102"), ("HOSTS", "a=b"),
        ("HOSTS", "utrecht.example=http://x/pad"),
        ("CA_FILE", "/nergens/ca.pem"), ("CA_FILE", "/"),
        ("RATE_LIMITS", "yes"), ("RATE_LIMITS", "ON"),
        ("TRUSTED_PROXIES", "proxy.internal"), ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("LOG_LEVEL", "loud"), ("REQUIRE_MFA", "yes"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingError) as error:
        read(**{name: value})
    assert str(error.value).startswith(f"SAMENSPRAAK_{name}: ")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


def test_a_name_that_is_no_setting_is_refused() -> None:
    for name in ("BASEURL", "DATABASE", "SECRET", "base_url", ""):
        with pytest.raises(SettingError, match="no such setting"):
            read(**{name: "x"})


def test_no_secret_stands_in_a_message() -> None:
    for settings in ({"SECRET_KEY": "geheimpje"}, {"DATABASE_URL": "mysql://u:geheimpje@db/x"}):
        with pytest.raises(SettingError) as error:
            read(**settings)
        assert "geheimpje" not in str(error.value)


def test_a_secret_is_made_once_and_for_its_user_alone(tmp_path: Path) -> None:
    settings = read(DATA_DIR=str(tmp_path / "nieuw"))
    with pytest.raises(SettingError, match="samenspraak init"):
        settings.secret()
    settings.make_secret()
    secret = settings.secret()
    assert len(secret) >= 48
    assert stat.S_IMODE(settings.secret_file.stat().st_mode) == 0o600
    settings.make_secret()
    assert settings.secret() == secret


def test_a_secret_that_was_given_is_not_written(tmp_path: Path) -> None:
    settings = read(DATA_DIR=str(tmp_path), SECRET_KEY="x" * 40)
    settings.make_secret()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "\n", "kort"])
def test_a_secret_that_was_cut_off_is_not_used(tmp_path: Path, content: str) -> None:
    """It would seal keys with something that anyone can guess."""
    settings = read(DATA_DIR=str(tmp_path))
    settings.secret_file.write_text(content)
    with pytest.raises(SettingError, match="SECRET_KEY"):
        settings.secret()


def test_a_folder_that_cannot_be_made_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bestand").write_text("x")
    for folder in (tmp_path / "bestand", tmp_path / "bestand" / "dieper", Path("/proc/samenspraak")):
        with pytest.raises(SettingError, match="DATA_DIR") as error:
            read(DATA_DIR=str(folder)).check_data_dir()
        assert "\n" not in str(error.value)


def test_a_folder_is_made_and_left_clean(tmp_path: Path) -> None:
    read(DATA_DIR=str(tmp_path / "a" / "b")).check_data_dir()
    assert (tmp_path / "a" / "b").is_dir()
    assert not list((tmp_path / "a" / "b").iterdir())


def test_the_mail_server_is_read_from_one_address() -> None:
    settings = read(BASE_URL="https://tilburg.example:8443", SMTP_URL="smtps://naam:geheim@mail.example")
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.username) == ("mail.example", 465, "naam")
    assert settings.mail_from == "samenspraak@tilburg.example"
    assert "geheim" not in repr(settings)
    with pytest.raises(SettingError, match="SMTP_URL") as error:
        read(SMTP_URL="smtp+plain://naam:geheim@mail.example")
    assert "geheim" not in str(error.value)
    with pytest.raises(SettingError, match="MAIL_FROM"):
        read(MAIL_FROM="Gemeente <samenspraak@tilburg.example>")
