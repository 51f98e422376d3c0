"""The settings in force as an administrator may see them on a page: what is secret, only whether it is there."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from sqlalchemy.engine import make_url

from deploy.providers import FROM_ENVIRONMENT
from deploy.settings import Settings
from web.oidc.settings import ProviderSettings

Shown: TypeAlias = tuple[tuple[str, str], ...]
SET: Final = "set"
NOT_SET: Final = "not set"


def shown(settings: Settings, *, processes: int) -> Shown:
    """Return name and value of each setting, in the order of docs/settings.md."""
    found = [(f"SAMENSPRAAK_{name}", tell(settings)) for name, tell in SHOWN.items()]
    return (*found, ("--processes", str(processes)))


def _secret_key(settings: Settings) -> str:
    return SET if settings.secret_key else f"{SET} ({settings.secret_file})"


def _smtp(settings: Settings) -> str:
    server = settings.smtp
    if server is None:
        return NOT_SET
    return f"{server.host}:{server.port} ({server.security}{', with a password' if server.password else ''})"


def _addresses(settings: Settings) -> str:
    allowed = settings.address_policy.allowed
    return _list(f"{one.network}{f' port {one.port}' if one.port is not None else ''}" for one in allowed)


def _database(settings: Settings) -> str:
    url = make_url(settings.database_url)
    # What stands behind the question mark may be a password too.
    return url.set(query={}).render_as_string(hide_password=True)


def _provider(tell: Callable[[ProviderSettings], str]) -> Callable[[Settings], str]:
    def tell_of(settings: Settings) -> str:
        return next((tell(ours) for ours in settings.providers if ours.key == FROM_ENVIRONMENT), NOT_SET)

    return tell_of


def _roles(ours: ProviderSettings) -> str:
    return _list(f"{group}={'+'.join(sorted(roles))}" for group, roles in ours.roles.items())


def _switch(on: bool) -> str:
    return "on" if on else "off"


def _list(values: Iterable[object]) -> str:
    return ", ".join(map(str, values)) or NOT_SET


SHOWN: Final[Mapping[str, Callable[[Settings], str]]] = {
    "BASE_URL": lambda settings: settings.site.base_url,
    "DATABASE_URL": _database,
    "DATA_DIR": lambda settings: str(settings.data_dir),
    "LISTEN": lambda settings: f"{settings.host}:{settings.port}",
    "SECRET_KEY": _secret_key,
    "ALLOW_ADDRESSES": _addresses,
    "HOSTS": lambda settings: _list(f"{host}={origin}" for host, origin in settings.hosts.items()),
    "CA_FILE": lambda settings: str(settings.ca_file or NOT_SET),
    "RATE_LIMITS": lambda settings: _switch(settings.rate_limits),
    "REQUIRE_MFA": lambda settings: _switch(settings.require_mfa),
    "STYLE_PAGE": lambda settings: _switch(settings.style_page),
    "TRUSTED_PROXIES": lambda settings: _list(settings.trusted_proxies),
    "LOG_LEVEL": lambda settings: settings.log_level.lower(),
    "SMTP_URL": _smtp,
    "MAIL_FROM": lambda settings: settings.mail_from,
    "OIDC_ISSUER": _provider(lambda ours: ours.issuer),
    "OIDC_CLIENT_ID": _provider(lambda ours: ours.client_id),
    "OIDC_CLIENT_SECRET": _provider(lambda ours: SET if ours.client_secret else NOT_SET),
    "OIDC_NAME": _provider(lambda ours: ours.label),
    "OIDC_SCOPES": _provider(lambda ours: " ".join(ours.scopes)),
    "OIDC_ROLES": _provider(_roles),
    "OIDC_CLAIM_GROUPS": _provider(lambda ours: ours.groups_claim),
    "OIDC_NEW_PEOPLE": _provider(lambda ours: ours.new_people),
    "OIDC_FILE": lambda settings: _list(
        f"{ours.key}: {ours.issuer}" for ours in settings.providers if ours.key != FROM_ENVIRONMENT
    ),
}
"""How each setting is told; a test finds any that is left out."""
