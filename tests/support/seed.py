"""The demo's story as one of its instances knows it, put straight into a database: to look at pages.

What lives here goes through the use-cases; what lives elsewhere is stored as if it had arrived.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, Organisation
from actors.database import Database
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.issues.store import enter_phase, set_themes
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState, KnowledgeKind, Phase, PostKind, Role, Verdict
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.local import create_actor
from actors.networks.tables import Network
from actors.people.accounts import add_account, hash_password
from actors.posts.store import Draft, write_post
from actors.posts.tables import Post
from actors.relations import Follow
from actors.sanitize import render_markdown
from actors.site import APPLICATION_HANDLE, Site
from deploy.demo.content import FOLDER, InstanceContent, Story, read_story
from tests.support.instances import PASSWORD
from tests.support.keys import key_pair, key_ring

_TOOI = "https://identifier.overheid.nl/tooi/id/gemeente/"


@dataclass
class Told:
    """What was put into the database, by the names of the story (``tilburg/karin``, ``online-1``)."""

    site: Site
    actors: dict[str, Actor] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)


async def tell_story(database: Database, *, here: str = "tilburg", now: datetime) -> Told:
    """Fill an empty database with the story, as the instance ``here`` knows it."""
    story = read_story()
    home = story.by_key[here]
    told = Told(Site(home.url, home.organisation["name"]))
    password_hash = hash_password(PASSWORD)
    async with database.writing() as session:
        await _own(session, told, APPLICATION_HANDLE, ActorKind.APPLICATION, home.organisation["name"], now)
        for instance in story.instances:
            await _tell_instance(session, told, instance, instance is home, password_hash, now)
        for instance in story.instances:
            for issue in instance.issues:
                await _tell_issue(session, told, instance, issue, now)
        for place, contribution in enumerate(story.contributions):
            when = now - timedelta(hours=9 * (len(story.contributions) - place), minutes=17 * place % 60)
            await _tell_contribution(session, told, contribution, when)
        for instance in story.instances:
            for product in instance.knowledge:
                await _tell_product(session, told, story, instance, product, now - timedelta(days=3))
        for outcome in story.outcomes:
            await _tell_outcome(session, told, outcome, now - timedelta(days=1))
        for follow in story.follows:
            await _tell_follow(session, told, follow, now)
    return told


async def _own(
    session: AsyncSession, told: Told, handle: str, kind: ActorKind, name: str, now: datetime, summary: str = ""
) -> Actor:
    return await create_actor(
        session, told.site, key_ring(), key_pair(), kind=kind, handle=handle, name=name, summary=summary, now=now
    )


async def _actor(
    session: AsyncSession, told: Told, instance: InstanceContent, own: bool, kind: ActorKind,
    handle: str, name: str, summary: str, now: datetime,
) -> Actor:  # fmt: skip
    if own:
        actor = await _own(session, told, handle, kind, name, now, summary)
    else:
        site = Site(instance.url)
        uri = site.actor_uri(kind, handle)
        actor = Actor(
            id=new_id(), uri=uri, kind=kind, handle=handle, domain=site.domain, name=name,
            summary=render_markdown(summary), url=uri, inbox=f"{uri}/inbox", shared_inbox=site.shared_inbox,
            followers=f"{uri}/followers", created_at=now, updated_at=now, fetched_at=now,
        )  # fmt: skip
        session.add(actor)
        await session.flush()
    told.actors[f"{instance.key}/{handle}"] = actor
    return actor


async def _tell_instance(
    session: AsyncSession, told: Told, instance: InstanceContent, own: bool, password_hash: str, now: datetime
) -> None:
    about = instance.organisation
    host = await _actor(
        session, told, instance, own, ActorKind.ORGANISATION, instance.key, about["name"], about["summary"], now
    )
    identifier = f"{_TOOI}{about['tooi']}" if about["tooi"].startswith("gm") else None
    session.add(Organisation(actor_id=host.id, identifier=identifier))
    if not own:
        session.add(
            Instance(
                domain=host.domain,
                name=about["name"],
                software="samenspraak",
                actor_id=host.id,
                linked_at=now,
                last_success_at=now - timedelta(minutes=12),
                created_at=now,
            )
        )
    for person in instance.people:
        actor = await _actor(
            session, told, instance, own, ActorKind.PERSON, person["handle"], person["name"], person["bio"], now
        )
        if own:
            account = await add_account(session, actor, email=person["email"], password_hash=password_hash, now=now)
            account.roles = frozenset({Role.ADMINISTRATOR} if person["admin"] else ())
    for network in instance.networks:
        actor = await _actor(
            session, told, instance, own, ActorKind.NETWORK, network["handle"], network["name"], network["summary"], now
        )
        session.add(Network(actor_id=actor.id, host_id=host.id, is_closed=network["closed"]))
    await session.flush()


async def _tell_issue(
    session: AsyncSession, told: Told, instance: InstanceContent, about: dict[str, Any], now: datetime
) -> None:
    host = told.actors[f"{instance.key}/{instance.key}"]
    actor = await _actor(
        session, told, instance, host.is_local, ActorKind.ISSUE,
        about["handle"], about["title"], about["question"], now,
    )  # fmt: skip
    published = now - timedelta(days=about["published_days_ago"])
    issue = Issue(
        actor_id=actor.id, host_id=host.id, question=about["question"], why=about["why"], phase=Phase.SIGNALLED,
        place=f"{_TOOI}{about['place']}" if about["place"] else None,
        perspectives_needed=about["perspectives_needed"], language="nl", published_at=published,
        feedback_by=now + timedelta(days=about["feedback_days"]),
    )  # fmt: skip
    session.add(issue)
    await session.flush()
    for step, phase in enumerate(Phase):
        await enter_phase(session, issue, phase, by=host, at=published + timedelta(days=6 * step))
        if phase == about["phase"]:
            break
    await set_themes(session, actor.id, about["themes"])


async def _said(session: AsyncSession, told: Told, author: Actor, draft: Draft, when: datetime) -> Post:
    post = await write_post(session, told.site, author, draft, now=when)
    if not author.is_local:
        post.is_local = False
        post.uri = post.url = f"http://{author.domain}/inbreng/{post.id}"
    await session.flush()
    return post


async def _tell_contribution(session: AsyncSession, told: Told, about: dict[str, Any], when: datetime) -> None:
    draft = Draft(
        about["text"], language=about["language"], space=told.actors[about["issue"]],
        reply_to=told.posts.get(about.get("reply_to", "")), perspective=about.get("perspective"),
    )  # fmt: skip
    told.posts[about["key"]] = await _said(session, told, told.actors[about["by"]], draft, when)


async def _tell_product(
    session: AsyncSession, told: Told, story: Story, instance: InstanceContent, about: dict[str, Any], when: datetime
) -> None:
    named = about.get("issue", "")
    handle, _, elsewhere = named.partition("@")
    issue = told.actors.get(f"{elsewhere or instance.key}/{handle}")
    body = (FOLDER / "knowledge" / about["body"]).read_text(encoding="utf-8")
    draft = Draft(
        body, kind=PostKind.KNOWLEDGE, title=about["title"], summary=about["summary"], space=issue,
        themes=["resilience"],
    )  # fmt: skip
    post = await _said(session, told, told.actors[f"{instance.key}/{about['author']}"], draft, when)
    session.add(KnowledgeProduct(post_id=post.id, kind=KnowledgeKind(about["kind"]), licence=about["licence"]))
    if issue is not None:
        session.add(KnowledgeIssue(post_id=post.id, issue_id=issue.id))
    told.posts[about["title"]] = post


async def _tell_outcome(session: AsyncSession, told: Told, about: dict[str, Any], when: datetime) -> None:
    issue = told.actors[about["issue"]]
    key = about["issue"].partition("/")[0]
    draft = Draft(about["text"], kind=PostKind.OUTCOME, title=about["title"], space=issue)
    post = await _said(session, told, told.actors[f"{key}/{key}"], draft, when)
    for answer in about["answers"]:
        session.add(
            Answer(
                outcome_id=post.id,
                contribution_uri=told.posts[answer["contribution"]].uri,
                verdict=Verdict(answer["verdict"]),
                reason=answer["reason"],
            )
        )
    told.posts[about["title"]] = post


async def _tell_follow(session: AsyncSession, told: Told, about: dict[str, str], now: datetime) -> None:
    follower, followee = told.actors[about["by"]], told.actors[about["target"]]
    session.add(
        Follow(
            id=new_id(),
            follower_id=follower.id,
            followee_id=followee.id,
            uri=f"{follower.uri}#{followee.id}",
            state=FollowState.ACCEPTED,
            created_at=now,
        )
    )
