"""A load tool for reads: connections that each ask again as soon as they were answered.

``python -m benchmarks.reader PORT CONNECTIONS SECONDS ACCEPT PATH`` prints what came of it as JSON:
how many answers, their latencies in milliseconds, and how many were not 200.
"""

import asyncio
import json
import statistics
import sys
import time
from typing import cast

import uvloop


class Reader(asyncio.Protocol):
    """One connection; ``latencies`` and ``failures`` are shared by all."""

    def __init__(self, request: bytes, latencies: list[float], failures: list[bytes]) -> None:
        self._request = request
        self._latencies = latencies
        self._failures = failures
        self._buffer = bytearray()
        self._asked = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        start = head.lower().find(b"content-length:")
        size = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        if len(self._buffer) < end + 4 + size:
            return
        self._latencies.append((time.perf_counter() - self._asked) * 1000)
        if not head.startswith(b"HTTP/1.1 200"):
            self._failures.append(head[:80])
        del self._buffer[: end + 4 + size]
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(self._request)


async def main(port: int, connections: int, seconds: float, accept: str, path: str) -> None:
    latencies: list[float] = []
    failures: list[bytes] = []
    head = f"GET {path} HTTP/1.1\r\nHost: bench.example\r\nAccept: {accept}\r\nAccept-Language: nl\r\n\r\n"
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Reader(head.encode(), latencies, failures), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    for transport, _ in made:
        transport.close()
    wall = time.perf_counter() - started
    ordered = sorted(latencies)
    print(
        json.dumps(
            {
                "answers": len(latencies),
                "per_second": len(latencies) / wall,
                "median_ms": statistics.median(ordered),
                "p95_ms": ordered[int(len(ordered) * 0.95)],
                "failures": len(failures),
                "failure": failures[0].decode("latin-1") if failures else "",
            }
        )
    )


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5]))
