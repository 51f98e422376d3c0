"""An issue with contributions from here and elsewhere, and an editor who writes what came of it."""

import re
from dataclasses import dataclass, field

from sqlalchemy import select

from actors.actor import Actor
from actors.kinds import Phase, Role
from actors.knowledge.outcome_tables import OutcomeDraft
from actors.posts.tables import Post
from tests.actors.cast import elsewhere, issue_here, runs, said
from tests.web.pages.admin.cast import sign_in_as
from tests.web.pages.browser import Page, Pages


@dataclass
class Desk:
    """Who plays: ``posts`` are contributions by the handle of who said them."""

    issue: Actor
    editor: Actor
    posts: dict[str, Post] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/vraagstukken/{self.issue.handle}/terugkoppelen"


async def set_up(pages: Pages, tilburg: Actor) -> Desk:
    """Have somebody here, somebody on Mastodon and somebody on an instance like ours say something."""
    editor = await sign_in_as(pages, Role.EDITOR)
    async with pages.database.writing() as session:
        issue = await issue_here(session, tilburg, phase=Phase.CONVERSATION)
        await runs(session, "mastodon.example", "mastodon")
        await runs(session, "utrecht.example", "samenspraak")
    desk = Desk(issue, editor)
    hier = await pages.person("hier")
    async with pages.database.writing() as session:
        sayers = [hier, await elsewhere(session, "mo", "mastodon.example"), await elsewhere(session, "bram")]
        for actor in sayers:
            content = f"<p>Meer licht, zegt {actor.handle}.</p>"
            desk.posts[actor.handle] = await said(session, actor, space_id=issue.id, content=content)
    return desk


async def new_draft(pages: Pages, desk: Desk) -> str:
    """Begin a draft; return its path."""
    answer = await pages.submit(desk.path, desk.path)
    assert answer.status == 303, answer.main
    return answer.location


async def write(pages: Pages, path: str, **fields: object) -> Page:
    """Fill in the text of a draft and keep it."""
    page = await pages.get(path)
    found = re.search(r'name="based_on" value="(\w+)"', page.markup)
    assert found is not None, page.main
    fields = {
        "title": "Wat we deden", "source": "Dank **jullie**.", "language": "nl", "based_on": found[1], **fields,
    }  # fmt: skip
    return await pages.submit(path, path, **fields)


async def pick(pages: Pages, path: str, posts: list[Post], verdict: str, reason: str, **more: object) -> Page:
    """Tick contributions and give one answer."""
    page = await pages.get(f"{path}/inbreng")
    seen = re.findall(r'name="seen" value="([^"]+)"', page.markup)
    fields = {"post": [post.id for post in posts], "verdict": verdict, "reason": reason, "seen": seen, **more}
    return await pages.submit(f"{path}/inbreng", f"{path}/inbreng", **fields)


async def publish(pages: Pages, path: str, **fields: object) -> Page:
    """Look who will hear, and publish."""
    page = await pages.get(f"{path}/plaatsen")
    found = re.search(r'name="based_on" value="(\w+)"', page.markup)
    assert found is not None, page.main
    return await pages.submit(f"{path}/plaatsen", f"{path}/plaatsen", **{"based_on": found[1], **fields})


async def drafts(pages: Pages) -> list[OutcomeDraft]:
    """Return all drafts that are stored."""
    async with pages.database.reading() as session:
        return list(await session.scalars(select(OutcomeDraft).order_by(OutcomeDraft.id)))
