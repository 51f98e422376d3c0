"""Servers of others: each actor has its own key, signs what it says, and is served over a socket."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any

from aiohttp import web

from federation import keys
from federation.documents import JsonObject
from federation.keys import PrivateKey, SigningKey
from federation.signatures import sign_get, sign_post
from federation.vocabulary import ACTIVITY_JSON, CONTEXT, PUBLIC

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]
_numbers = itertools.count(1)


@cache
def rsa_key(number: int) -> PrivateKey:
    """Return one of a few keys: making them takes longer than most tests."""
    return keys.generate_rsa()


class Remote:
    """An actor of another server. What it publishes is what ``documents`` hold."""

    def __init__(self, world: "World", host: str, handle: str, type_: str = "Person", /, **more: Any) -> None:
        self.world = world
        self.host = host
        self.handle = handle
        self.uri = f"https://{host}/{handle}"
        self.key_id = f"{self.uri}#main-key"
        self.private = rsa_key(next(_numbers) % 6)
        self.type = type_
        self.more = more
        self.publish_self()

    @property
    def followers(self) -> str:
        return f"{self.uri}/followers"

    def publish_self(self) -> JsonObject:
        """Serve the actor's document as it is now."""
        document = self.document()
        self.world.publish(document)
        return document

    def document(self) -> JsonObject:
        return {
            "@context": CONTEXT,
            "id": self.uri,
            "type": self.type,
            "preferredUsername": self.handle,
            "name": self.handle.title(),
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": self.followers,
            "featured": f"{self.uri}/featured",
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": keys.public_pem(self.private)},
            **self.more,
        }

    def rotate_key(self) -> None:
        """Take another key and publish it under the same id."""
        old = self.private
        while self.private is old:
            self.private = rsa_key(next(_numbers) % 6)
        self.publish_self()

    def new_uri(self, what: str) -> str:
        return f"https://{self.host}/{what}/{next(_numbers)}"

    # ------------------------------------------------------------- documents
    def note(self, content: str = "<p>Hallo</p>", *, to: Sequence[str] = (PUBLIC,), **more: Any) -> JsonObject:
        """Return a note of this actor, and serve it."""
        document = {
            "@context": CONTEXT,
            "id": self.new_uri("notes"),
            "type": "Note",
            "attributedTo": self.uri,
            "to": list(to),
            "cc": [self.followers],
            "content": content,
            "published": "2026-03-01T09:00:00Z",
            **more,
        }
        return self.world.publish(document)

    def activity(self, type_: str, object_: str | JsonObject, **more: Any) -> JsonObject:
        """Return an activity of this actor."""
        return {
            "@context": CONTEXT,
            "id": self.new_uri("activities"),
            "type": type_,
            "actor": self.uri,
            "object": object_,
            "to": [PUBLIC],
            **more,
        }

    def create(self, note: JsonObject, **more: Any) -> JsonObject:
        return self.activity("Create", note, to=note["to"], cc=note["cc"], **more)

    # --------------------------------------------------------------- signing
    def signed(self, body: bytes, inbox: str, now: datetime) -> dict[str, str]:
        return sign_post(inbox, body, SigningKey(self.key_id, self.private), now=now)

    def signed_get(self, url: str, now: datetime) -> dict[str, str]:
        return sign_get(url, SigningKey(self.key_id, self.private), now=now)


class World:
    """All other servers: one socket that answers for every host, by what each has published."""

    def __init__(self) -> None:
        self.documents: dict[str, JsonObject] = {}
        self.gone: set[str] = set()
        self.answers: dict[str, Serve] = {}
        self.asked: Counter[str] = Counter()
        self.received: list[tuple[str, JsonObject]] = []
        self.origin = ""

    def publish(self, document: JsonObject) -> JsonObject:
        self.documents[document["id"]] = document
        return document

    def withdraw(self, uri: str) -> None:
        self.documents.pop(uri, None)
        self.gone.add(uri)

    def person(self, host: str = "utrecht.example", handle: str = "anna", **more: Any) -> Remote:
        return Remote(self, host, handle, **more)

    def hosts(self) -> dict[str, str]:
        """Return the map for the client: every host that this world may have."""
        names = ("utrecht", "rotterdam", "lemmy", "mastodon", "bad", "slow", "gone")
        return {f"{name}.example": self.origin for name in names}

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        url = f"https://{request.host}{request.path_qs}"
        self.asked[url] += 1
        if url in self.answers:
            return await self.answers[url](request)
        if url in self.gone:
            return web.Response(status=410)
        if url not in self.documents:
            return web.Response(status=404)
        return web.Response(text=json.dumps(self.documents[url]), content_type=ACTIVITY_JSON)


@asynccontextmanager
async def open_world() -> AsyncIterator[World]:
    """Serve a world for as long as the block runs."""
    world = World()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", world.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    world.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield world
    finally:
        await runner.cleanup()


async def hang(_request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.sleep(60)
    raise AssertionError("waited for too long")
