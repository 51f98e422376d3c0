"""Providers that people sign in with: one from the environment, or several from a file."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from actors.kinds import Role
from actors.people.identity_tables import LONGEST_ISSUER
from web.oidc.settings import DEFAULT_SCOPES, NewPeople, ProviderSettings

SETTINGS: Final = (
    "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "OIDC_SCOPES", "OIDC_ROLES",
    "OIDC_CLAIM_GROUPS", "OIDC_NEW_PEOPLE", "OIDC_FILE",
)  # fmt: skip
FROM_ENVIRONMENT: Final = "oidc"
"""The word in our addresses of the provider that the environment names."""
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_KNOWN: Final = frozenset(
    {"issuer", "client_id", "client_secret", "name", "scopes", "roles", "groups_claim", "new_people"}
)


class ProviderSettingError(ValueError):
    """What is wrong, and in which setting."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def read_providers(given: Mapping[str, str]) -> tuple[ProviderSettings, ...]:
    """Return the providers of the environment, and of the file that it names. Raises `ProviderSettingError`."""
    found: list[ProviderSettings] = []
    if given["OIDC_ISSUER"]:
        table = {
            "issuer": given["OIDC_ISSUER"],
            "client_id": given["OIDC_CLIENT_ID"],
            "client_secret": given["OIDC_CLIENT_SECRET"],
            "name": given["OIDC_NAME"],
            "scopes": given["OIDC_SCOPES"].split() or list(DEFAULT_SCOPES),
            "roles": _roles_in(given["OIDC_ROLES"]),
            "groups_claim": given["OIDC_CLAIM_GROUPS"] or "groups",
            "new_people": given["OIDC_NEW_PEOPLE"] or "off",
        }
        found.append(_provider("OIDC_ISSUER", FROM_ENVIRONMENT, table))
    elif set_alone := [name for name in SETTINGS if given[name] and name != "OIDC_FILE"]:
        raise ProviderSettingError(set_alone[0], "is of a provider; set SAMENSPRAAK_OIDC_ISSUER as well")
    if given["OIDC_FILE"]:
        found += [_provider("OIDC_FILE", key, table) for key, table in _tables(Path(given["OIDC_FILE"])).items()]
    for name, values in (("key", [one.key for one in found]), ("issuer", [one.issuer for one in found])):
        if len(set(values)) < len(values):
            raise ProviderSettingError("OIDC_FILE", f"two providers have the same {name}")
    return tuple(found)


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProviderSettingError("OIDC_FILE", f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProviderSettingError("OIDC_FILE", f"{path} is no TOML: {error}") from None


def _roles_in(text: str) -> dict[str, list[str]]:
    """Read ``group=role+role, group=role``."""
    roles: dict[str, list[str]] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        group, separator, words = entry.rpartition("=")
        if not separator or not group.strip():
            raise ProviderSettingError("OIDC_ROLES", f"must be group=role, not {entry!r}")
        roles[group.strip()] = [word.strip() for word in words.split("+")]
    return roles


def _provider(setting: str, key: str, table: Any) -> ProviderSettings:
    def wrong(message: str) -> ProviderSettingError:
        return ProviderSettingError(setting, f"provider {key}: {message}")

    if not _KEY.match(key) or not isinstance(table, dict):
        raise wrong("each provider is a table named by small letters, digits and hyphens")
    if unknown := sorted(set(table) - _KNOWN):
        raise wrong(f"there is no setting {unknown[0]!r}")
    texts = {name: table.get(name, "") for name in ("issuer", "client_id", "client_secret", "name")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise wrong("issuer, client_id, client_secret and name are texts")
    issuer = texts["issuer"]
    if not re.match(r"https?://[^\s?#]+\Z", issuer) or len(issuer) > LONGEST_ISSUER:
        raise wrong("issuer must be an address that starts with https://")
    if not texts["client_id"]:
        raise wrong("client_id is missing")
    scopes = table.get("scopes", list(DEFAULT_SCOPES))
    if not isinstance(scopes, list) or "openid" not in scopes or not all(isinstance(one, str) for one in scopes):
        raise wrong("scopes is a list that holds openid")
    try:
        new_people = NewPeople(table.get("new_people", "off"))
    except ValueError:
        raise wrong("new_people must be off, approval or on") from None
    return ProviderSettings(
        key=key,
        **texts,
        scopes=tuple(scopes),
        groups_claim=str(table.get("groups_claim", "groups")),
        roles={group: _role_set(wrong, words) for group, words in table.get("roles", {}).items()},
        new_people=new_people,
    )


def _role_set(wrong: Any, words: Any) -> frozenset[Role]:
    try:
        return frozenset(Role(word) for word in ([words] if isinstance(words, str) else words))
    except (ValueError, TypeError):
        raise wrong(f"roles are {', '.join(Role)}, not {words!r}") from None
