"""A peer that accepts everything: reads each request for real, answers 202, keeps the connection.

``python -m benchmarks.sink PORT`` listens on 0.0.0.0, so on every address of 127.0.0.0/8, and writes
the number of requests received to standard output whenever it reads a line.
"""

import asyncio
import json
import sys
from collections import Counter
from typing import cast

import uvloop

_ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"


class Sink(asyncio.Protocol):
    """One connection. ``counts`` are shared among all: requests and connections."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own
        self._counts["connections"] += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            size = end + 4 + int(headers["content-length"])
            if len(self._buffer) < size:
                return
            body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
            ok = head[0].startswith("POST ") and "signature" in headers and "id" in json.loads(body)
            self._counts["requests" if ok else "malformed"] += 1
            self._transport.write(_ANSWER)


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    counts: Counter[str] = Counter()
    server = await loop.create_server(lambda: Sink(counts), "0.0.0.0", port, backlog=4_096)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(json.dumps(counts), flush=True)
    server.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
