"""Pictures are served as what they are, to those who may see what they belong to, and for as long as that is so."""

import pytest
from sqlalchemy import delete, select

from actors.actor import Actor
from actors.database import Database, now
from actors.kinds import ActorKind, PostKind
from actors.media.pictures import AVATAR, PICTURE, Pictures
from actors.media.store import StoredDocument
from actors.posts.store import Draft, write_post
from actors.posts.tables import Post
from actors.relations import Membership
from actors.visibility import is_open
from federation.audience import Visibility
from outbox.publish.contributions import withdraw_post
from outbox.publish.pictures import change_picture, remove_picture
from tests.actors.cast import SITE, belongs, follows, here
from tests.support.pictures import opened, picture
from tests.web.server import Instance, known_peer


async def pictured(
    instance: Instance, author: Actor, visibility: Visibility = Visibility.PUBLIC, space: Actor | None = None
) -> tuple[Post, StoredDocument, list[str]]:
    """Store a post with a picture; return it with the paths of the picture and its previews."""
    stored = await Pictures(instance.documents).put(picture(), "plein.jpg", PICTURE)
    async with instance.database.writing() as session:
        draft = Draft("Kijk", visibility=visibility, space=space, documents=[(stored, "Een plein")])
        post = await write_post(session, SITE, await session.get_one(Actor, author.id), draft, now=now())
    url = SITE.document_url(stored.digest, stored.file_name)
    smaller = [path for wide in (320, 960) if (path := SITE.preview_path(url, wide))]
    return post, stored, [url.removeprefix(SITE.base_url), *smaller]


async def test_a_picture_and_its_smaller_ones_are_served_to_everyone(instance: Instance, organisation: Actor) -> None:
    _, stored, paths = await pictured(instance, organisation)
    for path, media_type, wide in zip(
        paths, ("image/jpeg", "image/webp", "image/webp"), (stored.width, 320, 960), strict=True
    ):
        answer = await instance.ask("GET", path, Accept="image/avif,image/webp,*/*")
        assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
        assert opened(answer.body).width == wide
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["Content-Disposition"] == 'inline; filename="plein.jpg"'
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers
        again = await instance.ask("GET", path, If_None_Match=answer.headers["ETag"])
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "96/x.jpg",
        "0320/x.jpg",
        "12345/x.jpg",
        "-1/x.jpg",
        "320/",
        "%C2%B2%C2%B2/x.jpg",
        "%D9%A3%D9%A2%D9%A0/x.jpg",
        "3e2/x.jpg",
    ],
)
async def test_there_is_no_smaller_one_of_another_width(instance: Instance, organisation: Actor, path: str) -> None:
    _, stored, _ = await pictured(instance, organisation)
    assert (await instance.ask("GET", f"/documenten/{stored.digest}/{path}")).status == 404


async def test_a_closed_picture_is_seen_by_members_alone_and_kept_by_nobody(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        network = await here(session, "raad", ActorKind.NETWORK)
        author, member = await here(session, "anna"), await here(session, "bilal")
        former, outsider, follower = [await here(session, handle) for handle in ("carla", "dirk", "esra")]
        for one in (author, member, former):
            await belongs(session, one, network)
        await follows(session, follower, author)
    _, _, paths = await pictured(instance, author, Visibility.MEMBERS, network)
    cookies = {actor.id: await instance.sign_in(actor) for actor in (author, member, former, outsider, follower)}
    peer = await known_peer(database, "mallory")
    for path in paths:
        for actor in (author, member, former):
            answer = await instance.ask("GET", path, Cookie=cookies[actor.id])
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        for actor in (outsider, follower):
            assert (await instance.ask("GET", path, Cookie=cookies[actor.id])).status == 404
        assert (await instance.ask("GET", path)).status == 404
        assert (await instance.get_signed(path, peer.uri)).status == 404
    async with database.writing() as session:
        await session.execute(delete(Membership).where(Membership.member_id == former.id))
    for path in paths:
        assert (await instance.ask("GET", path, Cookie=cookies[former.id])).status == 404
        assert (await instance.ask("GET", path, Cookie=cookies[member.id])).status == 200


async def test_a_picture_that_is_both_open_and_closed_tells_only_what_is_open(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        author = await here(session, "anna")
    hidden, _, paths = await pictured(instance, author, Visibility.DIRECT)
    assert not is_open(hidden.visibility)
    assert (await instance.ask("GET", paths[0])).status == 404
    shown, _, _ = await pictured(instance, author)
    assert (await instance.ask("GET", paths[0])).headers["Cache-Control"] == "public, max-age=3600"
    async with database.writing() as session:
        await withdraw_post(
            session, SITE, await session.get_one(Actor, author.id), await session.get_one(Post, shown.id), now=now()
        )
    assert (await instance.ask("GET", paths[0])).status == 404


async def test_what_is_withdrawn_shows_no_picture(instance: Instance, database: Database, organisation: Actor) -> None:
    post, stored, paths = await pictured(instance, organisation)
    async with database.writing() as session:
        author, post = await session.get_one(Actor, organisation.id), await session.get_one(Post, post.id)
        await withdraw_post(session, SITE, author, post, now=now())
    for path in paths:
        assert (await instance.ask("GET", path)).status == 404
    assert instance.documents.path(stored.digest) is not None


async def test_an_actor_shows_its_picture_to_everyone_until_it_takes_it_away(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    stored = await Pictures(instance.documents).put(picture("PNG"), "ik.png", AVATAR)
    async with database.writing() as session:
        anna = await here(session, "anna")
        await change_picture(session, SITE, anna, (stored, "Anna bij de molen"), now=now())
    icon = (await instance.get("/personen/anna")).document["icon"]
    assert icon == {
        "type": "Image", "mediaType": "image/png", "url": SITE.document_url(stored.digest, "ik.png"),
        "name": "Anna bij de molen", "width": 400, "height": 400,
    }  # fmt: skip
    small = SITE.preview_path(icon["url"], 96)
    assert small is not None
    answer = await instance.ask("GET", small)
    assert (answer.status, answer.headers["Cross-Origin-Resource-Policy"]) == (200, "cross-origin")
    assert opened(answer.body).size == (96, 96)
    async with database.writing() as session:
        await remove_picture(session, SITE, await session.get_one(Actor, anna.id), now=now())
    assert (await instance.ask("GET", small)).status == 404
    assert "icon" not in (await instance.get("/personen/anna")).document


async def test_the_picture_of_who_is_gone_is_gone(instance: Instance, database: Database, organisation: Actor) -> None:
    stored = await Pictures(instance.documents).put(picture("PNG"), "ik.png", AVATAR)
    path = f"/documenten/{stored.digest}/ik.png"
    async with database.writing() as session:
        anna = await here(session, "anna")
        await change_picture(session, SITE, anna, (stored, ""), now=now())
    assert (await instance.ask("GET", path)).status == 200
    for field in ("suspended_at", "deleted_at"):
        async with database.writing() as session:
            setattr(await session.get_one(Actor, anna.id), field, now())
        assert (await instance.ask("GET", path)).status == 404
        async with database.writing() as session:
            setattr(await session.get_one(Actor, anna.id), field, None)


async def test_servers_read_pictures_with_their_words_and_sizes(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    post, stored, _ = await pictured(instance, organisation)
    answer = await instance.get(f"/inbreng/{post.id}")
    assert answer.document["attachment"] == [
        {
            "type": "Image", "mediaType": "image/jpeg", "url": SITE.document_url(stored.digest, "plein.jpg"),
            "name": "Een plein", "width": 1_200, "height": 800,
        }
    ]  # fmt: skip
    (read,) = answer.post.attachments
    assert (read.type, read.name, read.width, read.height) == ("Image", "Een plein", 1_200, 800)


async def test_a_cover_is_the_image_of_an_article(instance: Instance, database: Database, organisation: Actor) -> None:
    stored = await Pictures(instance.documents).put(picture(), "plein.jpg", PICTURE)
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        draft = Draft("Tekst", kind=PostKind.OUTCOME, title="Zo ging het", cover=(stored, ""))
        await write_post(session, SITE, author, draft, now=now())
        uri = (await session.scalars(select(Post.uri))).one()
    answer = await instance.get(uri.removeprefix(SITE.base_url))
    assert "attachment" not in answer.document
    assert "name" not in answer.document["image"]
    assert answer.post.image is not None
    assert (answer.post.image.url, answer.post.image.width) == (
        SITE.document_url(stored.digest, "plein.jpg"), 1_200,
    )  # fmt: skip
