"""Changing what was published: of two who change at once one is told, and nobody gets what is not for them."""

import asyncio

import pytest
from sqlalchemy import delete

from actors.actor import Actor
from actors.database import Database
from actors.issues.tables import Issue
from actors.kinds import KnowledgeKind
from actors.posts.detail import details
from actors.posts.store import Draft, PostRefused
from actors.posts.tables import Post
from actors.relations import Follow
from actors.versions import EditedMeanwhile
from federation.audience import Visibility
from outbox.publish.contributions import edit_contribution, publish_contribution, version_of_contribution
from outbox.publish.issues import IssueChange, edit_issue, version_of_issue
from outbox.publish.knowledge import (
    KnowledgeChange,
    KnowledgeDraft,
    edit_knowledge,
    publish_knowledge,
    version_of_product,
)
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, issue_here
from tests.outbox.publish.stage import the_only


async def test_of_two_who_change_a_contribution_at_once_one_is_told(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        post = await publish_contribution(session, SITE, author, Draft("Oud"), now=MOMENT)
        before = version_of_contribution(post)

    async def change(source: str) -> bool:
        async with database.writing() as session:
            mine = await session.get_one(Post, post.id)
            return await edit_contribution(session, SITE, author, mine, source=source, based_on=before, now=MOMENT)

    done = await asyncio.gather(change("Een"), change("Twee"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["EditedMeanwhile", "bool"]


async def test_of_two_who_change_an_issue_at_once_one_is_told(database: Database) -> None:
    async with database.writing() as session:
        actor = await issue_here(session, await here(session, "tilburg"))
        before = version_of_issue(await session.get_one(Issue, actor.id), [])

    async def change(question: str) -> bool:
        async with database.writing() as session:
            mine = await session.get_one(Actor, actor.id)
            wanted = IssueChange(question, "", ["integration"], None, ["parents"])
            return await edit_issue(session, SITE, mine, wanted, based_on=before, now=MOMENT)

    done = await asyncio.gather(change("Een?"), change("Twee?"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["EditedMeanwhile", "bool"]


async def test_who_no_longer_follows_does_not_get_a_change_of_what_is_for_followers(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        await follows(session, await elsewhere(session, "bram"), author)
        draft = Draft("Oud", visibility=Visibility.FOLLOWERS)
        post = await publish_contribution(session, SITE, author, draft, now=MOMENT)
        await session.execute(delete(Follow))
        assert await edit_contribution(session, SITE, author, post, source="Nieuw", now=MOMENT)
        assert (await the_only(session, "Update")).inboxes == frozenset()


async def test_a_product_is_changed_by_its_author_alone_and_once_for_each_version(database: Database) -> None:
    async with database.writing() as session:
        author, other = await here(session, "fatima"), await here(session, "bram")
        draft = KnowledgeDraft("Gids", KnowledgeKind.GUIDE, "Kort.", "Tekst.")
        post = await publish_knowledge(session, SITE, author, draft, now=MOMENT)
        (detail,) = await details(session, [post])
        before = version_of_product(detail)
        change = KnowledgeChange("Gids", KnowledgeKind.TOOL, "Kort.", "Tekst.", "nl")
        with pytest.raises(PostRefused):
            await edit_knowledge(session, SITE, other, post, change, based_on=before, now=MOMENT)
        assert await edit_knowledge(session, SITE, author, post, change, based_on=before, now=MOMENT)
        assert not await edit_knowledge(session, SITE, author, post, change, based_on=before, now=MOMENT)
        another = KnowledgeChange("Anders", KnowledgeKind.TOOL, "Kort.", "Tekst.", "nl")
        with pytest.raises(EditedMeanwhile):
            await edit_knowledge(session, SITE, author, post, another, based_on=before, now=MOMENT)
        contribution = await publish_contribution(session, SITE, author, Draft("Ja"), now=MOMENT)
        with pytest.raises(PostRefused):
            await edit_knowledge(session, SITE, author, contribution, change, based_on="", now=MOMENT)
