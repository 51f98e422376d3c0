"""An instance for a browser: its address is one of this machine, which browsers take for a secure context."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.instances import PASSWORD, RunningInstance

__all__ = ["PASSWORD", "LocalInstance"]


@dataclass
class LocalInstance(RunningInstance):
    """An instance at ``http://localhost:<port>``; ``settings`` are more of its settings, without the prefix."""

    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"http://{self.domain}"

    @property
    def environment(self) -> dict[str, str]:
        wanted = {"REQUIRE_MFA": "off", "RATE_LIMITS": "off", "STYLE_PAGE": "on"} | dict(self.settings)
        return super().environment | {f"SAMENSPRAAK_{name}": value for name, value in wanted.items()}

    async def make(self) -> None:
        """Make the instance: its organisation, its administrator `karin`, and two members."""
        await self.make_organisation()
        await self.add_person("karin", "Karin Jansen", "--admin")
        await self.add_person("bram", "Bram de Wit")

    async def make_organisation(self) -> None:
        """Make the instance with its organisation alone, as `samenspraak init` does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.run("init", "--name", self.name, "--tooi", self.tooi, "--handle", "tilburg")

    async def add_person(self, handle: str, name: str, *more: str) -> None:
        """Add a person who signs in with the password of all tests."""
        email = f"{handle}@example.org"
        await self.run("person", "add", handle, "--email", email, "--name", name, *more, stdin=PASSWORD + "\n")
