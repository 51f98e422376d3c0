"""Several people speak for one organisation: others see it, colleagues see who did, the log has both."""

from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.kinds import Role
from actors.people.acting import PostedFor
from actors.posts.tables import Post
from tests.actors.cast import issue_here
from tests.support.queries import counted
from tests.web.pages.admin.cast import MEMBER, sign_in_as
from tests.web.pages.browser import Page, Pages

_FORM = {"text": "Wij horen jullie graag.", "language": "nl"}


async def _issue(pages: Pages, tilburg: Actor) -> str:
    async with pages.database.writing() as session:
        return f"/vraagstukken/{(await issue_here(session, tilburg)).handle}"


async def _say(pages: Pages, issue: str, **more: str) -> Page:
    return await pages.submit(issue, f"{issue}/inbreng", **_FORM, **more)


async def _last(pages: Pages) -> tuple[Post, AuditEntry | None, PostedFor | None]:
    async with pages.database.reading() as session:
        post = (await session.scalars(select(Post).order_by(Post.id.desc()))).first()
        assert post is not None
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.object_uri == post.uri))).first()
        return post, entry, await session.get(PostedFor, post.id)


async def test_an_editor_says_something_for_the_organisation(pages: Pages, tilburg: Actor) -> None:
    issue, editor = await _issue(pages, tilburg), await sign_in_as(pages, Role.EDITOR)
    assert (await _say(pages, issue, name_of="organisation")).status == 303
    post, entry, placed = await _last(pages)
    assert post.author_id == tilburg.id
    assert placed is not None and placed.person_id == editor.id
    assert entry is not None
    assert (entry.actor_id, entry.for_id, entry.act) == (editor.id, tilburg.id, "post-published")
    assert f"geplaatst door {editor.name}" in (await pages.get(issue)).main
    for who in (None, await pages.person("gast")):
        await pages.be(who)
        page = await pages.get(issue)
        assert _FORM["text"] in page.main
        assert editor.name not in page.text


async def test_an_editor_speaks_for_themselves_unless_they_choose_otherwise(pages: Pages, tilburg: Actor) -> None:
    issue, editor = await _issue(pages, tilburg), await sign_in_as(pages, Role.EDITOR)
    for more in ({}, {"name_of": "me"}, {"name_of": "iemand-anders"}):
        assert (await _say(pages, issue, **more)).status == 303
        post, entry, placed = await _last(pages)
        assert (post.author_id, entry, placed) == (editor.id, None, None)


async def test_who_is_no_editor_is_not_offered_the_name_and_cannot_take_it(pages: Pages, tilburg: Actor) -> None:
    issue = await _issue(pages, tilburg)
    for role in (MEMBER, Role.MODERATOR):
        await sign_in_as(pages, role)
        assert 'name="name_of"' not in (await pages.get(issue)).markup
        assert (await _say(pages, issue, name_of="organisation")).status == 403
    async with pages.database.reading() as session:
        assert (await session.scalars(select(Post))).all() == []


async def test_what_was_chosen_is_kept_when_the_text_is_refused(pages: Pages, tilburg: Actor) -> None:
    issue = await _issue(pages, tilburg)
    await sign_in_as(pages, Role.EDITOR)
    page = await pages.submit(issue, f"{issue}/inbreng", text="", language="nl", name_of="organisation")
    assert page.status == 422
    assert 'value="organisation" checked' in page.markup


async def test_another_editor_withdraws_what_the_organisation_said(pages: Pages, tilburg: Actor) -> None:
    issue = await _issue(pages, tilburg)
    await sign_in_as(pages, Role.EDITOR)
    await _say(pages, issue, name_of="organisation")
    post, _, _ = await _last(pages)
    withdraw = f"/inbreng/{post.id}/intrekken"
    await sign_in_as(pages, Role.MODERATOR)
    assert (await pages.submit(issue, withdraw)).status == 404
    other = await sign_in_as(pages, Role.EDITOR)
    assert withdraw in (await pages.get(issue)).markup
    assert (await pages.submit(issue, withdraw)).status == 303
    async with pages.database.reading() as session:
        assert (await session.get_one(Post, post.id)).deleted_at is not None
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.act == "post-withdrawn"))).one()
        assert (entry.actor_id, entry.for_id) == (other.id, tilburg.id)


async def test_an_editor_publishes_knowledge_for_the_organisation(pages: Pages, tilburg: Actor) -> None:
    editor = await sign_in_as(pages, Role.EDITOR)
    fields = {"title": "Gids", "kind": "guide", "summary": "Kort.", "source": "Tekst.", "language": "nl"}
    page = await pages.submit("/kennis/nieuw", "/kennis/nieuw", **fields, name_of="organisation")
    assert page.status == 303, page.main
    post, entry, placed = await _last(pages)
    assert post.author_id == tilburg.id
    assert placed is not None and placed.person_id == editor.id
    assert entry is not None and entry.act == "knowledge-published"
    assert f"geplaatst door {editor.name}" in (await pages.get(page.location)).main


async def test_who_placed_what_costs_one_query_however_much_was_said(pages: Pages, tilburg: Actor) -> None:
    issue = await _issue(pages, tilburg)
    await sign_in_as(pages, Role.EDITOR)
    counts: list[int] = []
    for _ in range(3):
        await _say(pages, issue, name_of="organisation")
        with counted(pages.database) as statements:
            await pages.get(issue)
        counts.append(len(statements))
    assert counts[1] == counts[2]
