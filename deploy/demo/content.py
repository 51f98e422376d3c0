"""The demo's story as it stands in `deploy/demo/content`: read once, into frozen values."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "content"
KEYS: Final = ("szw", "tilburg", "nieuwestemmen")


@dataclass(frozen=True)
class InstanceContent:
    """What one instance of the demo publishes by itself; ``url`` is its address."""

    key: str
    url: str
    organisation: dict[str, str]
    people: tuple[dict[str, Any], ...]
    networks: tuple[dict[str, Any], ...]
    issues: tuple[dict[str, Any], ...]
    knowledge: tuple[dict[str, Any], ...]

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.url.rsplit(":", 1)[1])

    @property
    def domain(self) -> str:
        """The domain of its accounts."""
        return self.url.split("://", 1)[1]


@dataclass(frozen=True)
class Story:
    """The whole demo: its instances, and what people say across them, in order."""

    instances: tuple[InstanceContent, ...]
    contributions: tuple[dict[str, Any], ...]
    outcomes: tuple[dict[str, Any], ...]
    follows: tuple[dict[str, Any], ...]
    signals: tuple[dict[str, Any], ...]

    @cached_property
    def by_key(self) -> dict[str, InstanceContent]:
        """The instances by their key."""
        return {instance.key: instance for instance in self.instances}

    def address(self, reference: str) -> tuple[str, str, str]:
        """Return instance key, handle and account of ``instance/handle``."""
        key, _, handle = reference.partition("/")
        return key, handle, f"{handle}@{self.by_key[key].domain}"


def read_story() -> Story:
    """Read the content that is part of the package."""
    conversation = tomllib.loads((FOLDER / "conversation.toml").read_text(encoding="utf-8"))
    return Story(
        instances=tuple(_instance(key) for key in KEYS),
        contributions=tuple(conversation["contributions"]),
        outcomes=tuple(conversation["outcomes"]),
        follows=tuple(conversation["follows"]),
        signals=tuple(conversation["signals"]),
    )


def _instance(key: str) -> InstanceContent:
    content = tomllib.loads((FOLDER / f"{key}.toml").read_text(encoding="utf-8"))
    return InstanceContent(
        key=key,
        url=content["organisation"]["url"],
        organisation=content["organisation"],
        people=tuple(content.get("people", ())),
        networks=tuple(content.get("networks", ())),
        issues=tuple(content.get("issues", ())),
        knowledge=tuple(content.get("knowledge", ())),
    )
