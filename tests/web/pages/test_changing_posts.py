"""Changing a contribution: who may, what is kept when it is refused, and that nobody overwrites another."""

import re

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.kinds import PostKind, Role
from actors.media.tables import Attachment
from actors.posts.tables import Mention, Post
from federation.audience import Visibility
from outbox.publish.contributions import edit_contribution
from tests.actors.cast import SITE, elsewhere, follows, issue_here, said
from tests.outbox.publish.stage import queued, shared
from tests.support.queries import counted
from tests.web.pages.admin.cast import MEMBER, sign_in_as
from tests.web.pages.browser import Pages
from tests.web.pages.changing import HOSTILE, UNSTORABLE, based_on, change, is_harmless

FIRST = "Het plein is **leeg**."


async def post_of(pages: Pages, author: Actor, **more: object) -> Post:
    values: dict[str, object] = {"source": FIRST, "content": "<p>Het plein is leeg.</p>", "language": "nl", **more}
    async with pages.database.writing() as session:
        return await said(session, author, **values)  # type: ignore[arg-type]


async def stored(pages: Pages, post: Post) -> Post:
    async with pages.database.reading() as session:
        return await session.get_one(Post, post.id)


def path_of(post: Post) -> str:
    return f"/inbreng/{post.id}/wijzigen"


async def test_somebody_changes_what_they_said_and_everyone_sees_that_it_was_changed(
    pages: Pages, tilburg: Actor
) -> None:
    karin = await pages.sign_in()
    async with pages.database.writing() as session:
        await follows(session, await elsewhere(session, "bram"), karin)
        issue = await issue_here(session, tilburg)
    post = await post_of(pages, karin, space_id=issue.id)
    assert f'href="{path_of(post)}"' in (await pages.get(f"/vraagstukken/{issue.handle}")).markup
    page = await pages.get(path_of(post))
    assert (page.status, FIRST in page.markup) == (200, True)
    answer = await change(pages, path_of(post), text="Het plein is **vol**.", language="en")
    assert (answer.status, answer.location) == (303, f"/inbreng/{post.id}?bericht=gewijzigd")
    page = await pages.get(answer.location)
    assert "Je wijziging is bewaard." in page.main
    assert re.search(r"gewijzigd op \d+ \w+ \d{4}", page.main)
    assert "Het plein is vol." in page.main
    assert (await stored(pages, post)).language == "en"
    async with pages.database.reading() as session:
        (update,) = await queued(session, "Update")
        assert (update.object["id"], update.inboxes) == (post.uri, shared("utrecht.example"))
        assert update.object["content"] == "<p>Het plein is <strong>vol</strong>.</p>"
        assert update.object["updated"]


async def test_what_is_sent_back_as_it_was_changes_nothing(pages: Pages) -> None:
    post = await post_of(pages, await pages.sign_in())
    assert (await change(pages, path_of(post), text=FIRST, language="nl")).status == 303
    assert (await stored(pages, post)).updated_at is None
    async with pages.database.reading() as session:
        assert await queued(session) == []


@pytest.mark.parametrize("role", [None, MEMBER, Role.MODERATOR, Role.EDITOR, Role.ADMINISTRATOR])
async def test_nobody_changes_what_somebody_else_said(pages: Pages, role: str | None) -> None:
    post = await post_of(pages, await pages.person("karin"))
    if role is not None:
        await sign_in_as(pages, role)
    assert path_of(post) not in (await pages.get(f"/inbreng/{post.id}")).markup
    assert (await pages.get(path_of(post))).status == (404 if role else 303)
    answer = await pages.submit("/over", path_of(post), text="Van mij", language="nl", based_on="x")
    assert answer.status == (404 if role else 403)
    assert (await stored(pages, post)).source == FIRST


async def test_an_editor_changes_what_the_organisation_said_and_it_is_logged(pages: Pages, tilburg: Actor) -> None:
    post = await post_of(pages, tilburg)
    await sign_in_as(pages, Role.MODERATOR)
    assert (await pages.get(path_of(post))).status == 404
    editor = await sign_in_as(pages, Role.EDITOR)
    assert "Gemeente Tilburg" in (await pages.get(path_of(post))).main
    assert (await change(pages, path_of(post), text="Wij luisteren.", language="nl")).status == 303
    async with pages.database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.object_uri == post.uri))).one()
        assert (entry.actor_id, entry.for_id, entry.act) == (editor.id, tilburg.id, "post-changed")


async def test_what_was_changed_meanwhile_is_shown_beside_what_was_typed(pages: Pages) -> None:
    karin = await pages.sign_in()
    post = await post_of(pages, karin)
    old = based_on(await pages.get(path_of(post)))
    async with pages.database.writing() as session:
        mine = await session.get_one(Post, post.id)
        await edit_contribution(session, SITE, karin, mine, source="Uit een ander venster.", now=now())
    page = await change(pages, path_of(post), text="Uit dit venster.", language="nl", based_on=old)
    assert page.status == 422
    assert "Dit is intussen gewijzigd." in page.main
    assert 'id="error-text"' in page.markup
    versions = page.markup.partition('class="both-versions"')[2].partition("</section>")[0]
    assert "Uit een ander venster." in versions
    assert "Uit dit venster." in versions
    assert "Uit dit venster.</textarea>" in page.markup
    assert "Taal" not in versions, "what is the same in both is left out"
    assert (await stored(pages, post)).source == "Uit een ander venster."
    assert (await change(pages, path_of(post), text="Uit dit venster.", based_on=based_on(page))).status == 303
    assert (await stored(pages, post)).source == "Uit dit venster."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Schrijf eerst iets."),
        ("x" * 5_001, "Je tekst heeft 5.001 tekens."),
        (UNSTORABLE, "We kunnen deze tekst niet bewaren."),
    ],
)
async def test_what_is_refused_keeps_what_was_typed(pages: Pages, text: str, told: str) -> None:
    post = await post_of(pages, await pages.sign_in())
    page = await change(pages, path_of(post), text=text, language="en")
    assert page.status == 422
    assert told in page.main
    assert 'href="#field-text"' in page.markup
    assert '<option value="en" selected>' in page.markup
    assert text.replace("\0", "&#0;") in page.markup or "\0" in text
    assert (await stored(pages, post)).source == FIRST


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_nothing_hostile_gets_into_a_page(pages: Pages, hostile: str) -> None:
    post = await post_of(pages, await pages.sign_in())
    preview = await change(pages, path_of(post), text=hostile, language="nl", voorbeeld="inbreng")
    assert (preview.status, (await stored(pages, post)).source) == (200, FIRST)
    assert "data-preview-made" in preview.markup
    stale = await change(pages, path_of(post), text=hostile, based_on="<b onclick=x>")
    done = await change(pages, path_of(post), text=hostile, language="<script>")
    assert (stale.status, done.status) == (422, 303)
    assert all(map(is_harmless, [preview, stale, await pages.get(done.location)]))
    assert (await stored(pages, post)).language == "nl"


async def test_what_is_withdrawn_cannot_be_changed(pages: Pages) -> None:
    karin = await pages.sign_in()
    shown = await post_of(pages, karin, deleted_at=now())
    closed = await post_of(pages, karin, deleted_at=now(), visibility=Visibility.DIRECT)
    for post, status in ((shown, 410), (closed, 404)):
        assert (await pages.get(path_of(post))).status == status
        assert (await pages.submit("/over", path_of(post), text="Toch", language="nl")).status == status
    for path in ("/inbreng/12/wijzigen", "/inbreng/x/wijzigen", f"/inbreng/{2**70}/wijzigen"):
        assert (await pages.get(path)).status == 404


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT, Visibility.MEMBERS])
async def test_a_change_shows_a_closed_post_to_nobody_else(
    pages: Pages, tilburg: Actor, visibility: Visibility
) -> None:
    karin = await pages.sign_in()
    async with pages.database.writing() as session:
        bram = await elsewhere(session, "bram")
        issue = await issue_here(session, tilburg)
    post = await post_of(pages, karin, visibility=visibility, space_id=issue.id)
    assert "Wie je nu pas noemt, krijgt dit niet te zien." in (await pages.get(path_of(post))).main
    assert (await change(pages, path_of(post), text=f"Ook @{bram.account}?", language="nl")).status == 303
    assert (await stored(pages, post)).visibility is visibility
    async with pages.database.reading() as session:
        assert await session.scalar(select(Mention.actor_id)) is None
        assert [update.inboxes for update in await queued(session, "Update")] == [frozenset()]


async def test_who_is_named_in_an_open_change_hears_of_it(pages: Pages) -> None:
    karin = await pages.sign_in()
    async with pages.database.writing() as session:
        bram = await elsewhere(session, "bram")
    post = await post_of(pages, karin)
    await change(pages, path_of(post), text=f"Ook @{bram.account}?", language="nl")
    async with pages.database.reading() as session:
        (update,) = await queued(session, "Update")
        assert update.inboxes == shared("utrecht.example")


@pytest.mark.parametrize("kind", [PostKind.OUTCOME, PostKind.POLL, PostKind.MEETING])
async def test_what_is_no_contribution_is_not_changed_here(pages: Pages, kind: PostKind) -> None:
    post = await post_of(pages, await pages.sign_in(), kind=kind)
    assert (await pages.get(path_of(post))).status == 404
    assert (await pages.submit("/over", path_of(post), text="Toch", language="nl")).status == 404


async def test_a_form_costs_as_many_queries_however_much_hangs_on_a_post(pages: Pages) -> None:
    karin = await pages.sign_in()
    post = await post_of(pages, karin)
    counts: list[int] = []
    await pages.get(path_of(post))
    for number in range(3):
        with counted(pages.database) as statements:
            assert (await pages.get(path_of(post))).status == 200
        counts.append(len(statements))
        async with pages.database.writing() as session:
            await said(session, karin, reply_to_id=post.id, thread_id=post.id)
            session.add(
                Attachment(
                    id=number + 1, post_id=post.id, position=number, url=f"{SITE.base_url}/x", media_type="image/png"
                )
            )
    assert counts[0] == counts[1] == counts[2]
    assert counts[1] <= 20
