"""Publishing an issue or a knowledge product: who may, what is asked, and that nothing typed is lost."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database, now
from actors.issues.tables import Issue, IssueTheme
from actors.kinds import ActorKind, KnowledgeKind, Phase
from actors.knowledge.tables import KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.tables import Post, PostTheme
from tests.actors.cast import elsewhere, follows, issue_here
from tests.web.pages.browser import Pages

NEW_ISSUE = "/vraagstukken/nieuw"
NEW_PRODUCT = "/kennis/nieuw"
PDF = b"%PDF-1.7\n%made for a test\n"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is the same on each."""
    return sqlite_url


def issue_form(**more: Any) -> dict[str, Any]:
    return {
        "title": "Samen op het plein", "question": "Van wie is het plein?", "why": "Het is er onrustig.",
        "themes": ["young-people", "social-tension"], "perspectives_needed": ["young-people", "parents"],
        "place": "https://identifier.overheid.nl/tooi/id/gemeente/gm0855", "phase": "agenda", "language": "nl",
        "feedback_by": (now() + timedelta(days=30)).date().isoformat(),
    } | more  # fmt: skip


def product_form(**more: Any) -> dict[str, Any]:
    return {
        "title": "Zo begin je", "kind": "guide", "summary": "Voor wie wil beginnen.", "source": "# Stap een\n\nBel.",
        "licence": "https://creativecommons.org/licenses/by/4.0/", "language": "nl", "themes": ["upbringing"],
    } | more  # fmt: skip


async def test_an_administrator_publishes_an_issue(pages: Pages, database: Database, tilburg: Actor) -> None:
    await pages.sign_in(admin=True)
    answer = await pages.submit(NEW_ISSUE, NEW_ISSUE, **issue_form())
    assert (answer.status, answer.location) == (303, "/vraagstukken/samen-op-het-plein?bericht=vraagstuk")
    page = await pages.get(answer.location)
    assert "Het vraagstuk is geplaatst." in page.main
    assert "De opening van dit gesprek." in page.main
    async with database.reading() as session:
        issue = (await session.scalars(select(Issue))).one()
        assert (issue.host_id, issue.phase, issue.perspectives_needed) == (
            tilburg.id, Phase.AGENDA, ["young-people", "parents"],
        )  # fmt: skip
        assert set(await session.scalars(select(IssueTheme.theme))) == {"young-people", "social-tension"}
        assert issue.feedback_by is not None
        assert issue.feedback_by.date().isoformat() == issue_form()["feedback_by"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "", "Geef het vraagstuk een titel."),
        ("title", "x" * 151, "Dit zijn 151 tekens. Er passen er 150 in."),
        ("question", "", "Schrijf de vraag op."),
        ("why", "", "Vertel waarom dit nu belangrijk is."),
        ("themes", ["onzin"], "Kies minstens één thema."),
        ("perspectives_needed", [], "Kies minstens één perspectief: wie moet er meepraten?"),
        ("place", "https://evil.example/", "Kies een plaats uit de lijst."),
        ("phase", "closed", "Kies een fase."),
        ("feedback_by", "gisteren", "Kies een datum vanaf morgen, hoogstens vijf jaar vooruit."),
        ("feedback_by", "2020-01-01", "Kies een datum vanaf morgen, hoogstens vijf jaar vooruit."),
        ("feedback_by", "9999-01-01", "Kies een datum vanaf morgen, hoogstens vijf jaar vooruit."),
        ("question", "nul\0teken", "Zo kunnen we dit niet bewaren."),
    ],
)
async def test_what_is_wrong_stands_at_its_field(
    pages: Pages, database: Database, tilburg: Actor, field: str, value: Any, told: str
) -> None:
    await pages.sign_in(admin=True)
    page = await pages.submit(NEW_ISSUE, NEW_ISSUE, **issue_form(**{field: value}))
    assert page.status == 422
    assert told in page.main
    assert f'id="error-{field}"' in page.markup
    assert f'href="#field-{field}"' in page.markup
    assert "Eén ding klopt nog niet" in page.main
    # Everything else is still there.
    if field != "why":
        assert "Het is er onrustig." in page.markup
    assert page.markup.count(" checked") >= 2
    async with database.reading() as session:
        assert await session.scalar(select(Issue.actor_id)) is None


async def test_only_administrators_publish_issues(pages: Pages) -> None:
    await pages.sign_in()
    assert (await pages.get(NEW_ISSUE)).status == 403
    assert (await pages.submit("/over", NEW_ISSUE, **issue_form())).status == 403
    assert NEW_ISSUE not in (await pages.get("/vraagstukken")).markup


async def test_the_form_says_who_hears_of_the_issue(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await follows(session, await elsewhere(session, "bram"), tilburg)
    await pages.sign_in(admin=True)
    page = await pages.get(NEW_ISSUE)
    assert "Een kopie gaat naar 1 andere server." in page.main
    assert "Het staat er op naam van Gemeente Tilburg." in page.main


async def test_anyone_with_an_account_publishes_knowledge(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
    karin = await pages.sign_in()
    assert f'<option value="{issue.id}" selected>' in (await pages.get(f"{NEW_PRODUCT}?vraagstuk={issue.id}")).markup
    form = product_form(issues=issue.id, **{
        "document-1": ("stappen.pdf", PDF), "description-1": "Alle\nstappen", "document-4": ("lijst.txt", b"een\n"),
    })  # fmt: skip
    answer = await pages.submit(NEW_PRODUCT, NEW_PRODUCT, **form)
    async with database.reading() as session:
        post = (await session.scalars(select(Post))).one()
        product = (await session.scalars(select(KnowledgeProduct))).one()
        attached = list(await session.scalars(select(Attachment).order_by(Attachment.position)))
        assert (await session.scalars(select(KnowledgeIssue.issue_id))).one() == issue.id
        assert (await session.scalars(select(PostTheme.theme))).one() == "upbringing"
    assert (answer.status, answer.location) == (303, f"/kennis/{post.id}?bericht=kennis")
    assert (post.author_id, product.kind) == (karin.id, KnowledgeKind.GUIDE)
    assert [(item.name, item.media_type) for item in attached] == [
        ("Alle stappen", "application/pdf"), ("lijst.txt", "text/plain"),
    ]  # fmt: skip
    page = await pages.get(answer.location)
    for told in (
        "handreiking",
        "Stap een",
        "Alle stappen",
        "(PDF, 1 kB)",
        "Jeugd in de wijk",
        "CC BY 4.0",
        "opvoeding",
    ):
        assert told in page.main, told
    assert "<h2>Stap een</h2>" in page.markup
    document = page.markup.partition('href="/documenten/')[2].partition('"')[0]
    assert (await pages.get(f"/documenten/{document}")).status == 200
    assert "Zo begin je" in (await pages.get("/vraagstukken/jeugd")).main


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "", "Geef het kennisproduct een titel."),
        ("summary", "", "Schrijf een korte samenvatting."),
        ("summary", "x" * 501, "Dit zijn 501 tekens. Er passen er 500 in."),
        ("source", "", "Schrijf de tekst, of vertel wat er in de documenten staat."),
        ("source", "nul\0teken", "Zo kunnen we dit niet bewaren."),
        ("kind", "boek", "Kies wat voor kennisproduct het is."),
        ("document-1", ("virus.exe", b"MZ"), "We kunnen ‘virus.exe’ niet aannemen."),
        ("document-1", ("leeg.pdf", b""), "We kunnen ‘leeg.pdf’ niet aannemen."),
        ("document-1", ("pagina.html", b"<script>"), "We kunnen ‘pagina.html’ niet aannemen."),
    ],
)
async def test_what_is_wrong_with_a_product_stands_at_its_field(
    pages: Pages, database: Database, field: str, value: Any, told: str
) -> None:
    await pages.sign_in()
    page = await pages.submit(NEW_PRODUCT, NEW_PRODUCT, **product_form(**{field: value}, **{"description-2": "Blijft"}))
    assert page.status == 422
    assert told in page.main
    name = "documents" if field.startswith("document") else field
    assert f'id="error-{name}"' in page.markup
    assert f'id="field-{name}"' in page.markup
    assert 'value="Blijft"' in page.markup
    if isinstance(value, tuple):
        assert "Kies je documenten nog een keer." in page.main
    async with database.reading() as session:
        assert await session.scalar(select(Post.id)) is None


async def test_an_issue_that_is_not_there_is_left_out(pages: Pages, database: Database) -> None:
    await pages.sign_in()
    answer = await pages.submit(NEW_PRODUCT, NEW_PRODUCT, **product_form(issues=12, licence="https://evil.example"))
    assert answer.status == 303
    async with database.reading() as session:
        assert await session.scalar(select(KnowledgeIssue.issue_id)) is None
        assert await session.scalar(select(KnowledgeProduct.licence)) == ""


async def test_issues_of_others_can_be_chosen_by_name(pages: Pages, database: Database, tilburg: Actor) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        far = await elsewhere(session, "wonen", kind=ActorKind.ISSUE, name="Wonen")
        session.add(Issue(actor_id=far.id, question="Waar?", phase=Phase.AGENDA, published_at=now()))
        stranger = await elsewhere(session, "spam", "spam.example", kind=ActorKind.ISSUE, name="Koop nu")
        session.add(Issue(actor_id=stranger.id, question="Waar?", phase=Phase.AGENDA, published_at=now()))
        await follows(session, karin, far)
    page = await pages.get(NEW_PRODUCT)
    assert "Wonen" in page.main
    assert "Koop nu" not in page.main
