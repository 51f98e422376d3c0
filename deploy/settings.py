"""The settings of an instance: read from the environment once, into one frozen object.

Nothing to the left of `deploy` reads the environment. docs/settings.md tells what each is for.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from actors.people.accounts import EmailError, check_email
from actors.site import Site
from deploy.providers import SETTINGS as PROVIDER_SETTINGS
from deploy.providers import ProviderSettingError, read_providers
from federation.addresses import AddressPolicy
from outbox.mail.smtp import SmtpServer
from web.limits import Network
from web.oidc.settings import ProviderSettings

_HOST_MAP = re.compile(r"(?P<host>[A-Za-z0-9.-]+(?::\d+)?)=(?P<origin>https?://[A-Za-z0-9.\[\]:-]+)\Z")
_HOST = re.compile(r"[A-Za-z0-9._-]+\Z|\[[0-9A-Fa-f:.]+\]\Z")
_PORT = re.compile(r"[0-9]{1,5}\Z")
_SHORTEST_SECRET: Final = 32
KNOWN: Final = (
    "BASE_URL", "DATABASE_URL", "DATA_DIR", "LISTEN", "SECRET_KEY", "ALLOW_ADDRESSES", "HOSTS", "CA_FILE",
    "RATE_LIMITS", "REQUIRE_MFA", "STYLE_PAGE", "TRUSTED_PROXIES", "LOG_LEVEL", "SMTP_URL", "MAIL_FROM",
    *PROVIDER_SETTINGS,
)  # fmt: skip


class SettingError(ValueError):
    """A setting that cannot be used; the message names it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"SAMENSPRAAK_{name}: {message}")


@dataclass(frozen=True)
class Settings:
    """Everything that an operator decides before the instance starts."""

    site: Site
    database_url: str
    data_dir: Path
    host: str
    port: int
    secret_key: str | None
    address_policy: AddressPolicy
    hosts: Mapping[str, str]
    ca_file: Path | None
    rate_limits: bool
    require_mfa: bool
    style_page: bool
    trusted_proxies: tuple[Network, ...]
    log_level: str
    smtp: SmtpServer | None
    mail_from: str
    providers: tuple[ProviderSettings, ...]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings. Raises `SettingError` for the first that is wrong."""
        given = {name: environment.get(f"SAMENSPRAAK_{name}", "").strip() for name in KNOWN}
        if (unknown := _unknown(environment)) is not None:
            raise SettingError(unknown, "there is no such setting")
        host, port = _listen(given["LISTEN"] or "127.0.0.1:8080")
        data_dir = Path(given["DATA_DIR"] or "data").absolute()
        site = _site(given["BASE_URL"] or f"http://{given['LISTEN'] or '127.0.0.1:8080'}")
        return cls(
            site=site,
            database_url=_database_url(given["DATABASE_URL"], data_dir),
            data_dir=data_dir,
            host=host,
            port=port,
            secret_key=_secret_key(given["SECRET_KEY"]),
            address_policy=_address_policy(given["ALLOW_ADDRESSES"]),
            hosts=_hosts(given["HOSTS"]),
            ca_file=_ca_file(given["CA_FILE"]),
            rate_limits=_switch("RATE_LIMITS", given["RATE_LIMITS"] or "on"),
            require_mfa=_switch("REQUIRE_MFA", given["REQUIRE_MFA"] or "on"),
            style_page=_switch("STYLE_PAGE", given["STYLE_PAGE"] or "off"),
            trusted_proxies=_networks(given["TRUSTED_PROXIES"]),
            log_level=_log_level(given["LOG_LEVEL"] or "info"),
            providers=_providers(given),
            smtp=_smtp(given["SMTP_URL"]),
            mail_from=_mail_from(given["MAIL_FROM"] or f"samenspraak@{site.domain.partition(':')[0]}"),
        )

    @property
    def secret_file(self) -> Path:
        """Where `init` keeps the secret that it made, when the environment gave none."""
        return self.data_dir / "secret.key"

    def secret(self) -> str:
        """Return the instance's secret. Raises `SettingError` when there is none yet."""
        if self.secret_key:
            return self.secret_key
        try:
            secret = self.secret_file.read_text().strip()
        except FileNotFoundError:
            raise SettingError("SECRET_KEY", "there is no secret yet; run `samenspraak init` first") from None
        except OSError as error:
            raise SettingError("SECRET_KEY", f"{self.secret_file} cannot be read: {error.strerror}") from None
        if len(secret) < _SHORTEST_SECRET:
            raise SettingError("SECRET_KEY", f"{self.secret_file} holds no whole secret; put the old one back")
        return secret

    def make_secret(self) -> None:
        """Make a secret where there is none, readable by this user alone. Raises `SettingError`."""
        if self.secret_key or self.secret_file.exists():
            return
        self.check_data_dir()
        descriptor = os.open(self.secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))

    def check_data_dir(self) -> None:
        """Make the data folder where it is not there. Raises `SettingError` when it cannot be written."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            probe = self.data_dir / f".probe-{secrets.token_hex(4)}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise SettingError("DATA_DIR", f"{self.data_dir} cannot be written: {error.strerror}") from None


def _unknown(environment: Mapping[str, str]) -> str | None:
    for name in environment:
        if name.startswith("SAMENSPRAAK_") and name.removeprefix("SAMENSPRAAK_") not in KNOWN:
            return name.removeprefix("SAMENSPRAAK_")
    return None


def _site(base_url: str) -> Site:
    try:
        return Site(base_url)
    except ValueError as error:
        raise SettingError("BASE_URL", str(error)) from None


def _database_url(given: str, data_dir: Path) -> str:
    if not given:
        return f"sqlite:///{data_dir / 'samenspraak.sqlite3'}"
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise SettingError("DATABASE_URL", "this is not a database URL") from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingError("DATABASE_URL", "only sqlite:///… and postgresql://… are supported")
    if url.get_backend_name() == "sqlite" and (not url.database or url.database == ":memory:"):
        raise SettingError("DATABASE_URL", "SQLite needs a file")
    return given


def _listen(given: str) -> tuple[str, int]:
    host, separator, port = given.rpartition(":")
    if not separator or not _PORT.match(port) or not 0 < int(port) < 65_536 or not _HOST.match(host):
        raise SettingError("LISTEN", f"must be address:port, not {given!r}")
    return host.strip("[]"), int(port)


def _secret_key(given: str) -> str | None:
    if given and len(given) < _SHORTEST_SECRET:
        raise SettingError("SECRET_KEY", f"must have at least {_SHORTEST_SECRET} characters")
    return given or None


def _address_policy(given: str) -> AddressPolicy:
    try:
        return AddressPolicy.parse(given)
    except ValueError as error:
        raise SettingError("ALLOW_ADDRESSES", str(error)) from None


def _hosts(given: str) -> dict[str, str]:
    hosts: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in given.split(","))):
        match = _HOST_MAP.match(entry)
        if match is None:
            raise SettingError("HOSTS", f"must be host=http://address:port, not {entry!r}")
        hosts[match["host"].lower()] = match["origin"]
    return hosts


def _ca_file(given: str) -> Path | None:
    if given and not Path(given).is_file():
        raise SettingError("CA_FILE", f"{given} is not a file")
    return Path(given) if given else None


def _switch(name: str, given: str) -> bool:
    if given not in {"on", "off"}:
        raise SettingError(name, f"must be on or off, not {given!r}")
    return given == "on"


def _networks(given: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in given.split(",") if part.strip())
    except ValueError as error:
        raise SettingError("TRUSTED_PROXIES", str(error)) from None


def _smtp(given: str) -> SmtpServer | None:
    try:
        return SmtpServer.parse(given) if given else None
    except ValueError as error:
        raise SettingError("SMTP_URL", str(error)) from None


def _providers(given: Mapping[str, str]) -> tuple[ProviderSettings, ...]:
    try:
        return read_providers(given)
    except ProviderSettingError as error:
        raise SettingError(error.name, str(error)) from None


def _mail_from(given: str) -> str:
    try:
        return check_email(given)
    except EmailError:
        raise SettingError("MAIL_FROM", "this is not an e-mail address") from None


def _log_level(given: str) -> str:
    if given.lower() not in {"debug", "info", "warning", "error"}:
        raise SettingError("LOG_LEVEL", f"must be debug, info, warning or error, not {given!r}")
    return given.upper()
