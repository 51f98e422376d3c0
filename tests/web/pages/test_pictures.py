"""Pictures on pages: added with words that stand in for them, shown, and refused with the reason at the field."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import Database
from actors.ids import new_id
from actors.media.pictures import LARGEST_PICTURE
from actors.media.tables import Attachment
from actors.posts.tables import Post
from tests.actors.cast import elsewhere, issue_here, said
from tests.support.pictures import HTML, SVG, huge_png, picture
from tests.support.queries import counted
from tests.web.pages.browser import Pages
from web.limits import UPLOADED

ISSUE = "/vraagstukken/jeugd"
SAY = f"{ISSUE}/inbreng"


@pytest.fixture
async def issue(database: Database, tilburg: Actor) -> Actor:
    async with database.writing() as session:
        return await issue_here(session, tilburg)


def photo(name: str = "plein.jpg", size: tuple[int, int] = (1_200, 800)) -> tuple[str, bytes]:
    return name, picture(size=size)


async def test_up_to_four_pictures_go_with_a_contribution(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    fields: dict[str, Any] = {
        "text": "Kijk eens", "picture-1": photo(), "alt-1": "Kinderen op het plein",
        "picture-3": photo("klein.jpg", (200, 100)), "decoration-3": "1", "alt-3": "telt niet",
    }  # fmt: skip
    answer = await pages.submit(ISSUE, SAY, **fields)
    assert answer.status == 303
    page = await pages.get(ISSUE)
    async with database.reading() as session:
        first, second = (await session.scalars(select(Attachment).order_by(Attachment.position))).all()
    assert (first.name, first.file_name, first.width, first.height) == (
        "Kinderen op het plein", "plein.jpg", 1_200, 800,
    )  # fmt: skip
    assert (second.name, second.width) == ("", 200)
    small, middle = f"/documenten/{first.digest}/320/plein.jpg", f"/documenten/{first.digest}/960/plein.jpg"
    full = f"/documenten/{first.digest}/plein.jpg"
    assert f'src="{middle}" alt="Kinderen op het plein" width="1200" height="800"' in page.markup
    assert f'srcset="{small} 320w, {middle} 960w, {full} 1200w"' in page.markup
    assert f'href="{full}"' in page.markup
    assert f'src="/documenten/{second.digest}/klein.jpg" alt="" width="200" height="100" loading' in page.markup
    assert "file-facts" not in page.markup
    for path in (small, middle, full):
        assert (await pages.client.get(path)).status == 200


async def test_pictures_go_with_an_answer_and_with_a_contribution_elsewhere(
    pages: Pages, database: Database, issue: Actor
) -> None:
    await pages.sign_in()
    async with database.writing() as session:
        post = await said(session, await elsewhere(session, "bram"))
    fields: dict[str, Any] = {"text": "Kijk", "picture-1": photo(size=(90, 60)), "alt-1": "Een plein"}
    assert (await pages.submit(f"/inbreng/{post.id}", f"/inbreng/{post.id}/antwoord", **fields)).status == 303
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Attachment)) == 1


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (("leeg.png", b""), "‘leeg.png’ is leeg."),
        (("kaart.png", SVG), "‘kaart.png’ is geen afbeelding die we kunnen tonen."),
        (("foto.jpg", HTML), "‘foto.jpg’ is geen afbeelding die we kunnen tonen."),
        (("gids.pdf", b"%PDF-1.7"), "‘gids.pdf’ is geen afbeelding die we kunnen tonen."),
        (("bom.png", huge_png()), "‘bom.png’ heeft meer dan 50 miljoen pixels."),
        (("half.jpg", picture()[:900]), "We kunnen ‘half.jpg’ niet openen."),
        (("groot.jpg", picture() + b"\0" * LARGEST_PICTURE), "‘groot.jpg’ is groter dan 15 MB."),
        (("../<script>\u202egpj.exe", b"MZ"), "gpj.exe’ is geen afbeelding die we kunnen tonen."),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_what_is_no_picture_is_refused_at_its_field_and_what_was_typed_stays(
    pages: Pages, database: Database, issue: Actor, tmp_path: Path, sent: tuple[str, bytes], told: str
) -> None:
    await pages.sign_in()
    fields = {
        "text": "Dit blijft staan",
        "picture-2": (sent[0], BytesIO(sent[1])),
        "alt-2": "Dit ook",
        "alt-1": "En dit",
    }
    page = await pages.submit(ISSUE, SAY, **fields)
    assert page.status == 422
    assert told in page.main
    assert "\u202e" not in page.markup
    assert "<script>" not in page.markup
    assert 'id="error-picture-2"' in page.markup
    assert 'aria-describedby="error-picture-2"' in page.markup
    for kept in ("Dit blijft staan", "Dit ook", "En dit"):
        assert f"\n{kept}</textarea>" in page.markup
    assert "Kies je afbeeldingen nog een keer." in page.main
    assert '<details class="picture-fields" open>' in page.markup
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Attachment)) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Vertel wat er op de afbeelding staat, of kies dat het versiering is."),
        ("   ", "Vertel wat er op de afbeelding staat, of kies dat het versiering is."),
        ("x" * 1_501, "Dit zijn 1.501 tekens. Er passen er 1.500 in."),
        ("nul\0teken", "Zo kunnen we dit niet bewaren."),
    ],
)
async def test_a_picture_without_words_is_asked_for_them(
    pages: Pages, database: Database, issue: Actor, words: str, told: str
) -> None:
    await pages.sign_in()
    page = await pages.submit(ISSUE, SAY, **{"text": "Blijft", "picture-1": photo(), "alt-1": words})
    assert page.status == 422
    assert told in page.main
    assert 'id="error-alt-1"' in page.markup
    assert "\nBlijft</textarea>" in page.markup
    async with database.reading() as session:
        assert await session.scalar(select(Attachment.id)) is None


async def test_with_an_empty_text_the_pictures_are_not_stored(pages: Pages, issue: Actor, tmp_path: Path) -> None:
    await pages.sign_in()
    page = await pages.submit(ISSUE, SAY, **{"text": "", "picture-1": photo(), "alt-1": "Een plein"})
    assert page.status == 422
    assert "\nEen plein</textarea>" in page.markup
    assert not [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]


async def test_who_sends_very_much_in_a_day_goes_on_tomorrow(pages: Pages, issue: Actor) -> None:
    karin = await pages.sign_in()
    pages.limits.count(f"files {karin.id}", UPLOADED, times=UPLOADED.times)
    page = await pages.submit(ISSUE, SAY, **{"text": "Kijk", "picture-1": photo(), "alt-1": "Een plein"})
    assert page.status == 422
    assert "Ga morgen verder." in page.main


async def test_a_knowledge_product_has_a_cover(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    fields: dict[str, Any] = {
        "title": "Zo begin je", "kind": "guide", "summary": "Voor wie wil beginnen.", "source": "# Een\n\nBel.",
        "licence": "", "language": "nl", "picture-cover": photo(), "alt-cover": "Een open deur",
        "document-1": ("schema.png", picture("PNG", (4_500, 900))), "description-1": "Het schema",
    }  # fmt: skip
    answer = await pages.submit("/kennis/nieuw", "/kennis/nieuw", **fields)
    assert answer.status == 303
    async with database.reading() as session:
        cover, schema = (await session.scalars(select(Attachment).order_by(Attachment.position))).all()
    assert (cover.is_cover, cover.name) == (True, "Een open deur")
    assert (schema.is_cover, schema.width, schema.media_type) == (False, 4_096, "image/png")
    product = await pages.get(answer.location)
    assert 'alt="Een open deur" width="1200" height="800"' in product.markup
    assert f'href="/documenten/{schema.digest}/schema.png"' in product.markup
    overview = await pages.get("/kennis")
    assert f'src="/documenten/{cover.digest}/960/plein.jpg" alt="Een open deur"' in overview.markup
    assert "1 document" in overview.main


async def test_a_cover_that_is_refused_loses_nothing_that_was_typed(pages: Pages, database: Database) -> None:
    await pages.sign_in()
    fields: dict[str, Any] = {
        "title": "Zo begin je", "kind": "guide", "summary": "Voor wie wil beginnen.", "source": "Bel.",
        "picture-cover": ("x.png", SVG), "alt-cover": "Een open deur",
    }  # fmt: skip
    page = await pages.submit("/kennis/nieuw", "/kennis/nieuw", **fields)
    assert page.status == 422
    assert 'id="error-picture-cover"' in page.markup
    assert 'href="#field-picture-cover"' in page.markup
    for kept in ("Zo begin je", "Voor wie wil beginnen.", "Een open deur"):
        assert kept in page.markup
    async with database.reading() as session:
        assert await session.scalar(select(Post.id)) is None


async def test_a_picture_of_another_server_is_a_link_and_is_not_loaded(
    pages: Pages, database: Database, issue: Actor
) -> None:
    async with database.writing() as session:
        post = await said(session, await elsewhere(session, "bram"), space_id=issue.id)
        session.add(
            Attachment(
                id=new_id(), post_id=post.id, position=0, url="https://utrecht.example/m/plein.png",
                media_type="image/png", name="Een <b>plein</b>", width=800, height=600,
            )
        )  # fmt: skip
    page = await pages.get(ISSUE)
    assert 'href="https://utrecht.example/m/plein.png" rel="nofollow noopener noreferrer"' in page.markup
    assert "Een &lt;b&gt;plein&lt;/b&gt;" in page.markup
    assert 'src="https://' not in page.markup


async def test_however_many_pictures_there_are_the_queries_are_the_same(
    pages: Pages, database: Database, issue: Actor
) -> None:
    async def asked() -> int:
        with counted(database) as statements:
            assert (await pages.get(f"{ISSUE}?x={new_id()}")).status == 200
        return len(statements)

    await pages.sign_in()
    post = {"text": "Kijk", "picture-1": photo(size=(90, 60)), "alt-1": "Een plein"}
    await pages.submit(ISSUE, SAY, **post)
    few = await asked()
    for number in range(3):
        more = {f"picture-{place}": photo(size=(90 + number, 60 + place)) for place in range(1, 5)}
        words = {f"alt-{place}": f"Plein {place}" for place in range(1, 5)}
        await pages.submit(ISSUE, SAY, text=f"Kijk {number}", **more, **words)
    assert await asked() == few


async def test_a_form_without_files_may_not_be_as_large(pages: Pages, issue: Actor) -> None:
    await pages.sign_in()
    answer = await pages.submit("/vraagstukken", "/taal", language="nl", more="x" * 300_000)
    assert answer.status == 413
    await pages.be(None)
    answer = await pages.post(SAY, {"text": "x" * 300_000})
    assert answer.status == 413
