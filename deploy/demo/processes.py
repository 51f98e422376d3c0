"""The instances of the demo as processes: started, waited for, and ended with it."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from deploy.demo.content import InstanceContent, Story
from deploy.settings import Settings
from deploy.wiring import NotReady

_READY_SECONDS: Final = 30.0


def environment_of(instance: InstanceContent, story: Story, folder: Path) -> dict[str, str]:
    """Return the settings of an instance: its own address, folder and database, and leave to reach the others."""
    reachable = ",".join(f"127.0.0.1:{other.port}" for other in story.instances)
    return {
        "SAMENSPRAAK_BASE_URL": instance.url,
        "SAMENSPRAAK_LISTEN": f"127.0.0.1:{instance.port}",
        "SAMENSPRAAK_DATA_DIR": str(folder / instance.key),
        "SAMENSPRAAK_ALLOW_ADDRESSES": reachable,
        "SAMENSPRAAK_LOG_LEVEL": "warning",
        "SAMENSPRAAK_REQUIRE_MFA": "off",
        "SAMENSPRAAK_STYLE_PAGE": "on",
    }


@dataclass
class Servers:
    """The server processes of the demo."""

    environments: Mapping[str, Mapping[str, str]]
    folder: Path
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    def check_ports(self) -> None:
        """Raise `NotReady` when a port is in use: the demo is running already, or something else is."""
        for environment in self.environments.values():
            port = Settings.from_environment(environment).port
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    raise NotReady(f"port {port} is in use; is the demo running already?") from None

    async def start(self) -> None:
        """Start all instances and wait until they answer. Raises `NotReady` when one does not."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SAMENSPRAAK_")}
        for key, environment in self.environments.items():
            log_file = (self.folder / f"{key}.log").open("ab")
            self.processes[key] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "deploy.cli", "serve",
                env={**clean, **environment}, stdout=log_file, stderr=log_file, start_new_session=True,
            )  # fmt: skip
            log_file.close()
        async with aiohttp.ClientSession() as client, asyncio.timeout(_READY_SECONDS):
            for key, environment in self.environments.items():
                port = Settings.from_environment(environment).port
                while not await _answers(client, port):
                    if self.processes[key].returncode is not None:
                        raise NotReady(f"instance {key} ended at once; see {self.folder / f'{key}.log'}")
                    await asyncio.sleep(0.1)

    async def wait(self) -> str:
        """Return the key of the first instance that ends."""
        waits = {asyncio.create_task(process.wait()): key for key, process in self.processes.items()}
        done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return waits[done.pop()]

    async def stop(self) -> None:
        """End all instances, and wait until they have."""
        for process in self.processes.values():
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in self.processes.values()))


async def _answers(client: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with client.get(f"http://127.0.0.1:{port}/.well-known/nodeinfo") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False
