"""Fixtures of signing in elsewhere: a real provider, and an instance whose people sign in with it."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.actor import Actor
from actors.database import Database
from actors.kinds import Role
from federation.addresses import AddressPolicy
from federation.client import Client
from tests.actors.cast import the_instance
from tests.support.oidc import MISSING, RunningProvider, is_installed, running_provider
from tests.web.pages.browser import Pages
from web.keys import PROVIDERS
from web.oidc.provider import Provider
from web.oidc.settings import NewPeople, ProviderSettings

VIA = "/inloggen/via/oidc"
SECRET = "geheim-geheim-geheim"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


LOGOUT_PORT = free_port()


@pytest.fixture(scope="session")
def provider() -> Iterator[RunningProvider]:
    """A provider that runs for all tests."""
    if not is_installed():
        pytest.skip(MISSING)
    client = {
        "client_id": "samenspraak",
        "client_secret": SECRET,
        "redirect_uris": [f"https://tilburg.example{VIA}/terug"],
        "post_logout_redirect_uris": [f"https://tilburg.example{VIA}/uitgelogd"],
        "backchannel_logout_uri": f"http://127.0.0.1:{LOGOUT_PORT}/",
        "backchannel_logout_session_required": True,
    }
    with running_provider(free_port(), [client]) as running:
        yield running


@pytest.fixture
async def tilburg(database: Database) -> Actor:
    """The organisation that runs the instance."""
    async with database.writing() as session:
        return await the_instance(session)


@pytest.fixture
async def instance(
    provider: RunningProvider, database: Database, tilburg: Actor, tmp_path: Path
) -> AsyncIterator[Callable[..., Any]]:
    """Call it with what differs in the settings, and get a browser at an instance that has the provider."""
    ours = ProviderSettings(
        key="oidc",
        issuer=provider.issuer,
        client_id="samenspraak",
        client_secret=SECRET,
        name="Werkplein",
        scopes=("openid", "profile", "email", "groups"),
        roles={"redactie": frozenset({Role.EDITOR}), "beheer": frozenset({Role.ADMINISTRATOR})},
        new_people=NewPeople.ON,
    )
    port = provider.issuer.rpartition(":")[2]
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            Client(AddressPolicy.parse(f"127.0.0.1:{port}"), user_agent="Samenspraak/test")
        )

        async def make(**changed: Any) -> Pages:
            pages = Pages(database, tmp_path / "documents", require_mfa=changed.pop("require_mfa", False))
            pages.app[PROVIDERS] = {"oidc": Provider(replace(ours, **changed), client)}
            await pages.client.start_server()
            stack.push_async_callback(pages.client.close)
            return pages

        yield make
