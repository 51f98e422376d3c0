"""Telling the demo's story: each instance publishes through the use-cases, and hears of the others over HTTP.

Nothing is written into another instance's tables. Somebody who answers waits until what they
answer has arrived on their own server, as people do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.issues.tables import Issue
from actors.keys import make_pair
from actors.kinds import ActorKind, KnowledgeKind, Phase, Role, Verdict
from actors.local import create_actor, local_actor, own_organisation
from actors.people.accounts import add_account, hash_password
from actors.posts.store import Draft
from actors.posts.tables import Post
from actors.signals.tables import Signal
from actors.site import Site
from deploy.commands.making import tooi_uri
from deploy.commands.publishing import link_with
from deploy.demo.content import FOLDER, InstanceContent, Story
from deploy.demo.feedback import correct, steps_of, tick_off
from deploy.demo.progress import Progress
from deploy.wiring import NotReady, Parts
from outbox.publish.contributions import publish_contribution
from outbox.publish.issues import IssueDraft, publish_issue
from outbox.publish.knowledge import KnowledgeDraft, publish_knowledge
from outbox.publish.life import move_issue, move_promise
from outbox.publish.networks import found_network
from outbox.publish.outcomes import Answered, publish_outcome
from outbox.publish.relations import follow
from outbox.publish.signals import SignalDraft, answer_signal, give_signal, put_on_agenda

PASSWORD: Final = "samen-in-gesprek"  # noqa: S105 - printed by the demo for everyone to use
_ARRIVES_SECONDS: Final = 20.0
_A_DAY: Final = 3
"""How many contributions are made in a day of the story."""

Tell = Callable[[str], None]


class Narrator:
    """Tells the story over the instances' parts, from where it was left."""

    def __init__(self, story: Story, parts: Mapping[str, Parts], progress: Progress, tell: Tell) -> None:
        self._story = story
        self._parts = parts
        self._progress = progress
        self._tell = tell

    def steps(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        """Return what is still to be done, by name, in order."""
        return [step for step in self._all_steps() if step[0] not in self._progress]

    async def take(self, name: str, step: Callable[[], Awaitable[str]]) -> None:
        """Do one step and note it."""
        self._progress.note(name, await step())

    def _all_steps(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        steps: list[tuple[str, Callable[[], Awaitable[str]]]] = []
        for here in self._story.instances:
            steps += [(f"{here.key} people", partial(self._people, here))]
        for one in self._story.instances[1:]:
            first = self._story.instances[0]
            steps += [
                (f"link {first.key} {one.key}", partial(self._link, first, one)),
                (f"link {one.key} {first.key}", partial(self._link, one, first)),
            ]
        steps += [(f"signal {item['key']}", partial(self._signal, item)) for item in self._story.signals]
        for here in self._story.instances:
            steps += [
                (f"network {here.key}/{item['handle']}", partial(self._network, here, item))
                for item in here.networks
                if not item.get("closed")
            ]
            steps += [(f"issue {here.key}/{item['handle']}", partial(self._issue, here, item)) for item in here.issues]
            steps += [(f"life {here.key}/{item['handle']}", partial(self._begin, here, item)) for item in here.issues]
        steps += [
            (f"signal on the agenda {item['key']}", partial(self._put_on_agenda, item))
            for item in self._story.signals
            if "issue" in item
        ]
        steps += [
            (f"follow {item['by']} {item['target']}", partial(self._follow, item["by"], item["target"]))
            for item in self._story.follows
        ]
        for here in self._story.instances:
            steps += [
                (f"knowledge {here.key} {item['title']}", partial(self._knowledge, here, item))
                for item in here.knowledge
            ]
        steps += [
            (f"contribution {item['key']}", partial(self._contribution, item)) for item in self._story.contributions
        ]
        steps += [(f"outcome {item['title']}", partial(self._outcome, item)) for item in self._story.outcomes]
        steps += [
            (f"follow-up {item['title']}", partial(self._follow_up, item))
            for item in self._story.outcomes
            if "steps" in item
        ]
        steps += [
            (f"correction {item['title']}", partial(self._correct, item))
            for item in self._story.outcomes
            if "correction" in item
        ]
        for here in self._story.instances:
            steps += [(f"phase {here.key}/{item['handle']}", partial(self._phase, here, item)) for item in here.issues]
        return steps

    # ------------------------------------------------------------- the steps
    async def _people(self, here: InstanceContent) -> str:
        self._tell(f"{here.organisation['name']} welcomes {len(here.people)} people")
        parts = self._parts[here.key]
        password_hash = await asyncio.to_thread(hash_password, PASSWORD)
        pairs = await asyncio.gather(*(make_pair() for _ in here.people))
        async with parts.database.writing() as session:
            for person, pair in zip(here.people, pairs, strict=True):
                actor = await create_actor(
                    session, parts.site, parts.keys, pair, kind=ActorKind.PERSON, handle=person["handle"],
                    name=person["name"], summary=person["bio"], now=now(),
                )  # fmt: skip
                await add_account(
                    session, actor, email=person["email"].replace("@", f"+{here.key}@"), password_hash=password_hash,
                    roles=frozenset({Role.ADMINISTRATOR} if person["admin"] else ()), now=now(),
                )  # fmt: skip
        return ""

    async def _link(self, here: InstanceContent, there: InstanceContent) -> str:
        self._tell(f"{here.organisation['name']} links with {there.organisation['name']}")
        parts = self._parts[here.key]
        await link_with(parts, parts.backfill, there.url)
        return there.url

    async def _network(self, here: InstanceContent, item: dict[str, Any]) -> str:
        self._tell(f"{here.organisation['name']} founds {item['name']}")
        parts = self._parts[here.key]
        pair = await make_pair()
        async with parts.database.writing() as session:
            network = await found_network(
                session, parts.site, parts.keys, pair, host=await own_organisation(session), handle=item["handle"],
                name=item["name"], summary=item["summary"], now=now(),
            )  # fmt: skip
            return network.uri

    async def _issue(self, here: InstanceContent, item: dict[str, Any]) -> str:
        self._tell(f"{here.organisation['name']} puts on the agenda: {item['title']}")
        parts = self._parts[here.key]
        pair = await make_pair()
        draft = IssueDraft(
            title=item["title"],
            question=item["question"],
            why=item["why"],
            themes=item["themes"],
            place=tooi_uri(item["place"]) if item["place"] else None,
            perspectives_needed=item["perspectives_needed"],
            feedback_by=now() + timedelta(days=item.get("first_feedback_days", item["feedback_days"])),
            phase=Phase.SIGNALLED if item["phase"] == "signalled" else Phase.AGENDA,
            handle=item["handle"],
        )
        async with parts.database.writing() as session:
            organisation = await own_organisation(session)
            issue = await publish_issue(
                session, parts.site, parts.keys, pair, host=organisation, by=organisation, draft=draft,
                now=now() - timedelta(days=item["published_days_ago"]),
            )  # fmt: skip
            return issue.uri

    async def _follow(self, by: str, target: str) -> str:
        _, _, account = self._story.address(target)
        self._tell(f"{by} follows {account}")
        key, handle, _ = self._story.address(by)
        await self._follow_account(key, handle, account)
        return ""

    async def _knowledge(self, here: InstanceContent, item: dict[str, Any]) -> str:
        self._tell(f"{item['author']} publishes: {item['title']}")
        parts = self._parts[here.key]
        source = (FOLDER / "knowledge" / item["body"]).read_text(encoding="utf-8")
        documents = [
            (await parts.documents.put((FOLDER / "documents" / name).read_bytes(), name), item["title"])
            for name in item["attach"]
        ]
        issues = [await self._space(here.key, self._reference(here, item["issue"]))] if item.get("issue") else []
        draft = KnowledgeDraft(
            title=item["title"], kind=KnowledgeKind(item["kind"]), summary=item["summary"], source=source,
            licence=item["licence"], issues=issues, documents=documents,
        )  # fmt: skip
        async with parts.database.writing() as session:
            author = await local_actor(session, item["author"])
            if author is None:
                raise NotReady(f"the demo has no person {item['author']} on {here.key}")
            return (await publish_knowledge(session, parts.site, author, draft, now=now())).uri

    async def _contribution(self, item: dict[str, Any]) -> str:
        key, handle, account = self._story.address(item["by"])
        self._tell(f"@{account} takes part in {item['issue'].partition('/')[2]}")
        parts = self._parts[key]
        space = await self._space(key, item["issue"])
        await self._follow_account(key, handle, space.account)
        answers = self._progress[f"contribution {item['reply_to']}"] if item.get("reply_to") else None
        if answers is not None:
            await self._arrived(parts, answers)
        async with parts.database.writing() as session:
            author = await local_actor(session, handle)
            parent = await session.scalar(select(Post).where(Post.uri == answers)) if answers else None
            if author is None:
                raise NotReady(f"the demo has no person {account}")
            draft = Draft(
                item["text"].strip(), language=item["language"], space=space, reply_to=parent,
                perspective=item.get("perspective"),
            )  # fmt: skip
            post = await publish_contribution(session, parts.site, author, draft, now=self._when(item["key"]))
            return post.uri

    async def _outcome(self, item: dict[str, Any]) -> str:
        self._tell(f"feedback is given: {item['title']}")
        key, handle, _ = self._story.address(item["by"])
        parts = self._parts[key]
        uris = {
            answer["contribution"]: self._progress[f"contribution {answer['contribution']}"]
            for answer in item["answers"]
        }
        for uri in uris.values():
            await self._arrived(parts, uri)
        async with parts.database.writing() as session:
            posts = {post.uri: post for post in await session.scalars(select(Post).where(Post.uri.in_(uris.values())))}
            issue = await local_actor(session, item["issue"].partition("/")[2])
            by = await local_actor(session, handle)
            if issue is None or by is None:
                raise NotReady(f"the demo's outcome {item['title']!r} names nobody")
            answered = [
                Answered(posts[uris[answer["contribution"]]], Verdict(answer["verdict"]), answer["reason"])
                for answer in item["answers"]
            ]
            outcome = await publish_outcome(
                session, parts.site, issue, by=by, title=item["title"], source=item["text"], answers=answered,
                steps=steps_of(item), now=now(),
            )  # fmt: skip
            return outcome.uri

    async def _follow_up(self, item: dict[str, Any]) -> str:
        async with self._parts[self._story.address(item["by"])[0]].database.writing() as session:
            return await tick_off(session, self._site_of(item), item, self._progress)

    async def _correct(self, item: dict[str, Any]) -> str:
        self._tell(f"feedback is corrected: {item['title']}")
        async with self._parts[self._story.address(item["by"])[0]].database.writing() as session:
            return await correct(session, self._site_of(item), item, self._progress)

    def _site_of(self, item: dict[str, Any]) -> Site:
        return self._parts[self._story.address(item["by"])[0]].site

    async def _begin(self, here: InstanceContent, item: dict[str, Any]) -> str:
        """Open the conversation on an issue that has one, and move the date that was promised first."""
        parts, published = self._parts[here.key], now() - timedelta(days=item["published_days_ago"])
        async with parts.database.writing() as session:
            issue, by = await local_actor(session, item["handle"]), await own_organisation(session)
            if issue is None:
                raise NotReady(f"the demo has no issue {item['handle']} on {here.key}")
            if Phase(item["phase"]) in {Phase.CONVERSATION, Phase.FEEDBACK, Phase.CLOSED}:
                opened, reason = published + timedelta(days=4), item.get("opened_reason", "")
                await move_issue(session, parts.site, issue, Phase.CONVERSATION, by=by, reason=reason, now=opened)
            if "first_feedback_days" in item:
                day, moved = now() + timedelta(days=item["feedback_days"]), published + timedelta(days=30)
                await move_promise(session, parts.site, issue, day, by=by, reason=item["moved_reason"], now=moved)
        return ""

    async def _phase(self, here: InstanceContent, item: dict[str, Any]) -> str:
        parts = self._parts[here.key]
        async with parts.database.writing() as session:
            issue = await local_actor(session, item["handle"])
            if issue is not None:
                by, reason = await own_organisation(session), item.get("closed_reason", "")
                await move_issue(session, parts.site, issue, Phase(item["phase"]), by=by, reason=reason, now=now())
        return str(item["phase"])

    async def _signal(self, item: dict[str, Any]) -> str:
        key, handle, account = self._story.address(item["by"])
        self._tell(f"@{account} gives {item['to']} a signal, in private")
        here, there = self._parts[key], self._parts[item["to"]]
        async with there.database.reading() as session:
            receiver = await own_organisation(session)
        organisation = await here.resolver.actor(receiver.uri)
        given = now() - timedelta(days=item["days_ago"])
        async with here.database.writing() as session:
            author = await local_actor(session, handle)
            if author is None:
                raise NotReady(f"the demo has no person {account}")
            draft = SignalDraft(item["text"].strip(), item["where"], item["theme"])
            to = await session.get_one(Actor, organisation.id)
            signal = await give_signal(session, here.site, author, to, draft, now=given)
            uri = (await session.get_one(Post, signal.id)).uri
        await self._arrived(there, uri)
        if "answer" in item:
            async with there.database.writing() as session:
                received = await self._signal_at(session, uri)
                await answer_signal(session, there.site, received, item["answer"], now=given + timedelta(days=1))
        return uri

    async def _put_on_agenda(self, item: dict[str, Any]) -> str:
        parts = self._parts[item["to"]]
        async with parts.database.writing() as session:
            signal = await self._signal_at(session, self._progress[f"signal {item['key']}"])
            issue = await local_actor(session, item["issue"].partition("/")[2])
            if issue is None:
                raise NotReady(f"the demo's signal {item['key']} became no issue")
            when = (await session.get_one(Issue, issue.id)).published_at
            return (await put_on_agenda(session, parts.site, signal, issue, now=when)).uri

    # ------------------------------------------------------------- the means
    def _reference(self, here: InstanceContent, issue: str) -> str:
        handle, _, key = issue.partition("@")
        return f"{key or here.key}/{handle}"

    async def _space(self, key: str, reference: str) -> Actor:
        """The issue, as the instance ``key`` knows it: asked for over HTTP when it is elsewhere."""
        _, _, account = self._story.address(reference)
        return await self._parts[key].resolver.account(account)

    async def _follow_account(self, key: str, handle: str, account: str) -> None:
        parts = self._parts[key]
        followee = await parts.resolver.account(account)
        async with parts.database.writing() as session:
            follower = await local_actor(session, handle)
            if follower is None:
                raise NotReady(f"the demo has no person {handle} on {key}")
            if follower.id != followee.id:
                await follow(session, parts.site, follower, followee, now=now())

    async def _signal_at(self, session: AsyncSession, uri: str) -> Signal:
        return (await session.scalars(select(Signal).join(Post, Post.id == Signal.id).where(Post.uri == uri))).one()

    async def _arrived(self, parts: Parts, uri: str) -> None:
        async with asyncio.timeout(_ARRIVES_SECONDS):
            while True:
                async with parts.database.reading() as session:
                    if await session.scalar(select(Post.id).where(Post.uri == uri)) is not None:
                        return
                await asyncio.sleep(0.05)

    def _when(self, key: str) -> datetime:
        """Contributions are spread over the last weeks, in their order, and said by day."""
        keys = [item["key"] for item in self._story.contributions]
        days_ago, part = divmod(len(keys) - 1 - keys.index(key), _A_DAY)
        day = now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_ago + 1)
        return day + timedelta(hours=19, minutes=12) - part * timedelta(hours=3, minutes=37)
