"""Files that nothing refers to go, and none that anything refers to."""

import asyncio
import os
from pathlib import Path

from actors.actor import Actor
from actors.database import Database, now
from actors.media.attaching import attach
from actors.media.pictures import AVATAR, PICTURE, Pictures
from actors.media.pruning import prune_files
from actors.media.store import DocumentStore
from actors.posts.store import bury_posts
from outbox.publish.pictures import change_picture
from tests.actors.cast import SITE, here, said
from tests.support.pictures import picture


def age(folder: Path) -> None:
    """Make all files old."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))


async def test_only_what_nothing_refers_to_goes(database: Database, tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    pictures = Pictures(store)
    cover = await pictures.put(picture(size=(500, 400)), "x.jpg", PICTURE)
    withdrawn = await pictures.put(picture(size=(501, 400)), "x.jpg", PICTURE)
    twice = await store.put(b"%PDF-tweemaal", "gids.pdf")
    unused = await store.put(b"%PDF-nooit", "gids.pdf")
    avatar, of_the_gone = [await pictures.put(picture(size=(side, 90)), "x.jpg", AVATAR) for side in (90, 91)]
    async with database.writing() as session:
        anna, dirk = await here(session, "anna"), await here(session, "dirk")
        kept, gone = await said(session, anna), await said(session, anna)
        attach(session, SITE, kept.id, [(twice, "Gids")], cover=(cover, "Plein"))
        attach(session, SITE, gone.id, [(twice, "Gids"), (withdrawn, "Plein")])
        await change_picture(session, SITE, anna, (avatar, ""), now=now())
        await change_picture(session, SITE, dirk, (of_the_gone, ""), now=now())
        await session.flush()
        await bury_posts(session, [gone.id], now=now())
        (await session.get_one(Actor, dirk.id)).deleted_at = now()
    assert await prune_files(database, store) == 0
    age(tmp_path)
    # Each has one preview beside it.
    assert await prune_files(database, store) == 2 + 1 + 2
    for stored in (cover, twice, avatar):
        assert store.path(stored.digest) is not None
    assert store.path(cover.digest, 320) is not None
    for stored in (withdrawn, unused, of_the_gone):
        assert store.path(stored.digest) is None
    assert store.path(withdrawn.digest, 320) is None
    assert await prune_files(database, store) == 0


async def test_what_is_stored_while_files_are_cleared_is_there_afterwards(database: Database, tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    contents = [f"%PDF-{number}".encode() for number in range(40)]
    for content in contents:
        await store.put(content, "gids.pdf")
    age(tmp_path)
    stored, _ = await asyncio.gather(
        asyncio.gather(*(store.put(content, "gids.pdf") for content in contents)), prune_files(database, store)
    )
    assert all(store.path(one.digest) is not None for one in stored)
