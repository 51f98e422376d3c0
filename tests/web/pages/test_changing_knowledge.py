"""Changing a knowledge product: its text, cover and documents, kept or replaced; who may; nobody overwrites another."""

from typing import Any

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.ids import new_id
from actors.kinds import KnowledgeKind, Role
from actors.knowledge.tables import KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.tables import Post, PostTheme
from tests.actors.cast import SITE, elsewhere, follows, said
from tests.outbox.publish.stage import queued, shared
from tests.support.pictures import SVG, picture
from tests.support.queries import counted
from tests.web.pages.admin.cast import MEMBER, sign_in_as
from tests.web.pages.browser import Pages
from tests.web.pages.changing import HOSTILE, UNSTORABLE, based_on, change, is_harmless

NEW = "/kennis/nieuw"
PDF = b"%PDF-1.7\n%made for a test\n"


def photo(name: str) -> tuple[str, bytes]:
    return name, picture("JPEG", (1_200, 800))


def typed(**more: Any) -> dict[str, Any]:
    return {
        "title": "Zo begin je", "kind": "guide", "summary": "Voor wie wil beginnen.", "source": "# Stap een\n\nBel.",
        "licence": "", "language": "nl", "themes": ["upbringing"],
    } | more  # fmt: skip


async def publish(pages: Pages, **more: Any) -> str:
    """Publish a knowledge product and return the address of the form to change it."""
    answer = await pages.submit(NEW, NEW, **typed(**more))
    assert answer.status == 303, answer.main
    return f"{answer.location.partition('?')[0]}/wijzigen"


async def attached(pages: Pages) -> list[Attachment]:
    async with pages.database.reading() as session:
        return list(await session.scalars(select(Attachment).order_by(Attachment.position)))


async def stored(pages: Pages) -> tuple[Post, KnowledgeProduct]:
    async with pages.database.reading() as session:
        return (await session.scalars(select(Post))).one(), (await session.scalars(select(KnowledgeProduct))).one()


async def test_its_author_changes_it_and_those_who_have_it_are_told(pages: Pages) -> None:
    karin = await pages.sign_in()
    async with pages.database.writing() as session:
        await follows(session, await elsewhere(session, "bram"), karin)
    path = await publish(pages, **{
        "picture-cover": photo("deur.jpg"), "alt-cover": "Een open deur",
        "document-1": ("stappen.pdf", PDF), "description-1": "Alle stappen", "document-2": ("oud.txt", b"oud\n"),
    })  # fmt: skip
    assert f'href="{path}"' in (await pages.get(path.removesuffix("/wijzigen"))).markup
    cover, steps, _ = await attached(pages)
    form = typed(
        title="Zo ga je door", kind="tool", summary="Voor wie al begon.", source="Nog een stap.", language="en"
    )
    answer = await change(pages, path, **form | {
        "themes": ["resilience"], "kept": [cover.id, steps.id], "document-1": ("nieuw.txt", b"nieuw\n"),
    })  # fmt: skip
    assert (answer.status, answer.location) == (303, f"{path.removesuffix('/wijzigen')}?bericht=gewijzigd")
    page = await pages.get(answer.location)
    for told in ("Zo ga je door", "tool", "Voor wie al begon.", "Nog een stap.", "gewijzigd op", "nieuw.txt"):
        assert told in page.main, told
    assert [(one.file_name, one.is_cover, one.position) for one in await attached(pages)] == [
        ("deur.jpg", True, 0), ("stappen.pdf", False, 1), ("nieuw.txt", False, 2),
    ]  # fmt: skip
    post, product = await stored(pages)
    assert (product.kind, post.language) == (KnowledgeKind.TOOL, "en")
    async with pages.database.reading() as session:
        assert list(await session.scalars(select(PostTheme.theme))) == ["resilience"]
        (update,) = await queued(session, "Update")
    assert (update.object["id"], update.inboxes) == (post.uri, shared("utrecht.example"))
    assert (update.object["name"], update.object["kind"]) == ("Zo ga je door", "tool")
    assert [one["name"] for one in update.object["attachment"]] == ["Alle stappen", "nieuw.txt"]
    assert update.object["image"]["name"] == "Een open deur"


async def test_another_cover_takes_the_place_of_the_one_that_is_there(pages: Pages) -> None:
    await pages.sign_in()
    path = await publish(pages, **{
        "picture-cover": photo("oud.jpg"), "alt-cover": "Oud", "document-1": ("stappen.pdf", PDF),
    })  # fmt: skip
    kept = [one.id for one in await attached(pages)]
    other = {"kept": kept, "picture-cover": photo("nieuw.jpg"), "alt-cover": "Nieuw"}
    assert (await change(pages, path, **typed(**other))).status == 303
    assert [(one.file_name, one.is_cover) for one in await attached(pages)] == [
        ("nieuw.jpg", True), ("stappen.pdf", False),
    ]  # fmt: skip
    assert (await change(pages, path, **typed())).status == 303
    assert await attached(pages) == []


async def test_at_most_ten_documents_go_with_it(pages: Pages) -> None:
    await pages.sign_in()
    path = await publish(pages, **{f"document-{one}": (f"{one}.txt", b"x\n") for one in range(1, 10)})
    kept = [one.id for one in await attached(pages)]
    more = {f"document-{one}": (f"meer-{one}.txt", b"y\n") for one in range(1, 3)}
    page = await change(pages, path, **typed(kept=kept, **more))
    assert page.status == 422
    assert 'id="error-documents"' in page.markup
    assert len(await attached(pages)) == 9


async def test_what_belongs_to_another_post_is_not_taken_along(pages: Pages) -> None:
    karin = await pages.sign_in()
    async with pages.database.writing() as session:
        other = await said(session, karin)
        session.add(Attachment(id=7, post_id=other.id, position=0, url=f"{SITE.base_url}/x", media_type="text/plain"))
    path = await publish(pages)
    assert (await change(pages, path, **typed(title="Anders", kept=["7", "x", "9" * 30]))).status == 303
    async with pages.database.reading() as session:
        assert (await session.get_one(Attachment, 7)).post_id == other.id


@pytest.mark.parametrize("role", [None, MEMBER, Role.MODERATOR, Role.EDITOR])
async def test_nobody_changes_what_somebody_else_published(pages: Pages, role: str | None) -> None:
    await pages.sign_in()
    path = await publish(pages)
    await pages.be(None)
    if role is not None:
        await sign_in_as(pages, role)
    assert path not in (await pages.get(path.removesuffix("/wijzigen"))).markup
    assert (await pages.get(path)).status == (404 if role else 303)
    assert (await pages.submit("/over", path, **typed(title="Van mij"))).status == (404 if role else 403)
    assert (await stored(pages))[0].name == "Zo begin je"


async def test_an_editor_changes_what_the_organisation_published_and_it_is_logged(pages: Pages, tilburg: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    path = await publish(pages, name_of="organisation")
    other = await sign_in_as(pages, Role.EDITOR)
    assert "Gemeente Tilburg" in (await pages.get(path)).main
    assert (await change(pages, path, **typed(title="Anders"))).status == 303
    async with pages.database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.act == "knowledge-changed"))).one()
    assert (entry.actor_id, entry.for_id) == (other.id, tilburg.id)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "", "Geef het kennisproduct een titel."),
        ("summary", "x" * 501, "Dit zijn 501 tekens. Er passen er 500 in."),
        ("source", "", "Schrijf de tekst, of vertel wat er in de documenten staat."),
        ("source", UNSTORABLE, "Zo kunnen we dit niet bewaren."),
        ("kind", "boek", "Kies wat voor kennisproduct het is."),
        ("document-1", ("virus.exe", b"MZ"), "We kunnen ‘virus.exe’ niet aannemen."),
        ("picture-cover", ("x.png", SVG), "geen afbeelding die we kunnen tonen"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(
    pages: Pages, field: str, value: Any, told: str
) -> None:
    await pages.sign_in()
    path = await publish(pages, **{"document-1": ("stappen.pdf", PDF)})
    (steps,) = await attached(pages)
    form = typed(**{"alt-cover": "Een deur", "description-2": "Blijft", "kept": steps.id, field: value})
    page = await change(pages, path, **form)
    assert page.status == 422
    assert told in page.main
    name = "documents" if field.startswith("document") else field
    assert f'id="error-{name}"' in page.markup
    assert 'value="Blijft"' in page.markup
    assert f'value="{steps.id}" checked' in page.markup
    if isinstance(value, tuple):
        assert "nog een keer" in page.main
    assert (await stored(pages))[0].updated_at is None


async def test_what_was_changed_meanwhile_is_shown_beside_what_was_typed(pages: Pages) -> None:
    await pages.sign_in()
    path = await publish(pages, **{"document-1": ("stappen.pdf", PDF), "document-2": ("oud.txt", b"oud\n")})
    steps, old_text = await attached(pages)
    old = based_on(await pages.get(path))
    theirs = typed(source="Uit een ander venster.", kept=steps.id, **{"document-1": ("erbij.txt", b"erbij\n")})
    assert (await change(pages, path, **theirs)).status == 303
    mine = typed(source="Uit dit venster.", kept=[steps.id, old_text.id], seen=[steps.id, old_text.id], based_on=old)
    page = await pages.submit(path, path, **mine)
    assert page.status == 422
    versions = page.markup.partition('class="both-versions"')[2].partition("</section>")[0]
    assert "Uit een ander venster." in versions
    assert "Uit dit venster." in versions
    assert "Voor wie wil beginnen." not in versions, "what is the same in both is left out"
    assert "Uit dit venster.</textarea>" in page.markup
    added = (await attached(pages))[-1]
    for one in (steps, added):
        assert f'value="{one.id}" checked' in page.markup, "what came meanwhile is not let go unseen"
    again = typed(source="Uit dit venster.", kept=[steps.id, added.id], based_on=based_on(page))
    assert (await change(pages, path, **again)).status == 303
    assert (await stored(pages))[0].source == "Uit dit venster."
    assert [one.file_name for one in await attached(pages)] == ["stappen.pdf", "erbij.txt"]


async def test_documents_alone_that_were_changed_meanwhile_are_told_of(pages: Pages) -> None:
    await pages.sign_in()
    path = await publish(pages)
    old = based_on(await pages.get(path))
    assert (await change(pages, path, **typed(**{"document-1": ("een.txt", b"een\n")}))).status == 303
    page = await change(pages, path, **typed(based_on=old, **{"document-1": ("twee.txt", b"twee\n")}))
    assert page.status == 422
    assert "Dit is intussen gewijzigd." in page.main
    assert [one.file_name for one in await attached(pages)] == ["een.txt"]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_nothing_hostile_gets_into_a_page(pages: Pages, hostile: str) -> None:
    await pages.sign_in()
    path = await publish(pages)
    form = typed(title=f"Gids {hostile}", summary=f"Kort {hostile}", source=hostile, language="<b>", seen="<b>")
    preview = await change(pages, path, **form, voorbeeld="artikel")
    stale = await change(pages, path, **form, based_on="<b onclick=x>")
    assert (preview.status, stale.status) == (200, 422)
    assert "data-preview-made" in preview.markup
    assert (await stored(pages))[0].updated_at is None
    done = await change(pages, path, **form)
    assert done.status == 303
    assert all(map(is_harmless, [preview, stale, await pages.get(done.location), await pages.get("/kennis")]))
    assert (await stored(pages))[0].language == "nl"


async def test_what_is_withdrawn_or_no_product_cannot_be_changed(pages: Pages) -> None:
    karin = await pages.sign_in()
    path = await publish(pages)
    async with pages.database.writing() as session:
        (await session.scalars(select(Post))).one().deleted_at = now()
        other = await said(session, karin)
    for gone, status in ((path, 410), (f"/kennis/{other.id}/wijzigen", 404), ("/kennis/12/wijzigen", 404)):
        assert (await pages.get(gone)).status == status
        assert (await pages.submit("/over", gone, **typed())).status == status


async def test_the_address_of_a_contribution_leads_to_the_form_of_a_product(pages: Pages) -> None:
    await pages.sign_in()
    path = await publish(pages)
    assert (await pages.get(path.replace("/kennis/", "/inbreng/"))).location == path


async def test_a_form_costs_as_many_queries_however_much_goes_with_it(pages: Pages) -> None:
    await pages.sign_in()
    path = await publish(pages)
    post, _ = await stored(pages)
    counts: list[int] = []
    await pages.get(path)
    for _ in range(3):
        with counted(pages.database) as statements:
            assert (await pages.get(path)).status == 200
        counts.append(len(statements))
        async with pages.database.writing() as session:
            url = f"{SITE.base_url}/x"
            session.add(Attachment(id=new_id(), post_id=post.id, position=1, url=url, media_type="text/plain"))
            session.add(PostTheme(post_id=post.id, theme=f"thema-{len(counts)}"))
    assert counts[0] == counts[1] == counts[2] <= 20
