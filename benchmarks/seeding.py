"""Fills an instance with as much as a busy one has after a few years, by bulk inserts, with what pages show beside it.

Everything is the same each time: what varies goes by its number, not by chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Base, Database
from actors.ids import id_at
from actors.instances.tables import Instance
from actors.issues.tables import Issue, IssueTheme, PhaseChange
from actors.kinds import ActorKind, FollowState, KnowledgeKind, Phase, PostKind, Role, Theme, Verdict
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.moderation.kinds import Category, ReportState
from actors.moderation.tables import Report, ReportedPost
from actors.notifications import MailStep, Notification
from actors.people.kinds import AccountState
from actors.people.tables import Account
from actors.posts.tables import Mention, Post, PostTheme, Reaction
from actors.relations import Follow
from actors.site import Site
from federation.audience import Visibility

Row: TypeAlias = dict[str, Any]

_AT_ONCE: Final = 5_000
_DAYS: Final = 700
_WORDS: Final = (
    "Wat vraag je van je buren, en wat vragen zij van jou? Begin klein, en kom erop terug. "
    "In onze wijk zagen we dat jongeren zelf het beste weten wat er op hun telefoon voorbij komt. "
)
_PHASES: Final = tuple(Phase)
_THEMES: Final = tuple(Theme)


@dataclass(frozen=True)
class Amounts:
    """How much there is to be of each; contributions are those of all issues together."""

    issues: int = 10_000
    contributions: int = 200_000
    people: int = 3_000
    servers: int = 9
    products: int = 2_000
    outcomes: int = 1_500
    notifications: int = 30_000
    entries: int = 20_000
    reports: int = 2_000
    suspended: int = 25
    conversed: int = 60
    """Issues with forty contributions each."""
    long: int = 5
    """Issues with two thousand contributions each."""


@dataclass
class Seeded:
    """What was made, as far as pages are asked for by it."""

    long_issues: list[str] = field(default_factory=list)
    conversed_issues: list[str] = field(default_factory=list)
    handles_of_people: list[str] = field(default_factory=list)
    issue_ids: list[int] = field(default_factory=list)
    product_ids: list[int] = field(default_factory=list)


class _Ids:
    """Ids in the order of their making, spread over the days before ``until``."""

    def __init__(self, until: datetime, most: int) -> None:
        start = id_at(until - timedelta(days=_DAYS))
        self._next = start
        self._step = (id_at(until) - start) // most

    def __call__(self) -> int:
        self._next += self._step
        return self._next


async def seed(database: Database, site: Site, host: Actor, *, reader: Actor, now: datetime, how: Amounts) -> Seeded:
    """Fill the database in one transaction; ``reader`` is the person whom the notifications are for."""
    async with database.writing() as session:
        return await _Seeding(session, site, host, reader, now, how).run()


class _Seeding:
    def __init__(
        self, session: AsyncSession, site: Site, host: Actor, reader: Actor, now: datetime, how: Amounts
    ) -> None:
        self._session = session
        self._site = site
        self._host = host
        self._reader = reader
        self._now = now
        self._how = how
        self._made = Seeded()
        total = sum(getattr(how, name) for name in how.__dataclass_fields__)
        self._id = _Ids(now, 3 * total)
        self._hosts: list[Row] = []
        self._people: list[Row] = []
        self._issues: list[Row] = []

    async def run(self) -> Seeded:
        await self._add_actors()
        await self._add_issues()
        await self._add_contributions()
        await self._add_products()
        await self._add_outcomes()
        await self._add_people_matters()
        return self._made

    # --------------------------------------------------------------- actors
    async def _add_actors(self) -> None:
        how = self._how
        self._hosts = [
            self._actor(ActorKind.ORGANISATION, f"gemeente{number}", f"Gemeente {number}", server=number)
            for number in range(1, how.servers + 1)
        ]
        self._people = [
            self._actor(
                ActorKind.PERSON, f"persoon{number}", f"Persoon {number}",
                server=0 if number % 3 else 1 + number % how.servers,
            )
            for number in range(how.people)
        ]  # fmt: skip
        for person in self._people[:: max(1, how.people // how.suspended)]:
            person["suspended_at"] = self._now
        await self._put(Actor, [*self._hosts, *self._people])
        await self._put(
            Instance,
            [
                {
                    "domain": host["domain"], "name": host["name"], "actor_id": host["id"], "linked_at": self._now,
                    "last_success_at": self._now, "created_at": self._now,
                }
                for host in self._hosts
            ],
        )  # fmt: skip
        ours = [person for person in self._people if person["is_local"]]
        self._made.handles_of_people = [one["handle"] for one in ours if one["suspended_at"] is None]
        await self._put(
            Account,
            [
                {
                    "actor_id": person["id"], "email": f"{person['handle']}@example.org",
                    "email_confirmed_at": self._now,
                    "state": AccountState.WAITING if number % 100 == 0 else AccountState.ACTIVE,
                    "roles": frozenset({Role.MODERATOR}) if number % 200 == 1 else frozenset(),
                    "created_at": self._now, "last_seen_at": self._now,
                }
                for number, person in enumerate(ours)
            ],
        )  # fmt: skip

    def _actor(self, kind: ActorKind, handle: str, name: str, *, server: int) -> Row:
        site = Site(f"https://gemeente{server}.example") if server else self._site
        uri = site.actor_uri(kind, handle)
        return {
            "id": self._id(), "uri": uri, "kind": kind, "is_local": not server, "handle": handle,
            "domain": site.domain, "name": name, "url": uri, "inbox": f"{uri}/inbox",
            "shared_inbox": site.shared_inbox, "created_at": self._now, "updated_at": self._now, "suspended_at": None,
        }  # fmt: skip

    # --------------------------------------------------------------- issues
    async def _add_issues(self) -> None:
        actors, issues, themes, changes = [], [], [], []
        for number in range(self._how.issues):
            # The last ones are ours: those with long conversations are among them.
            server = 0 if number % 2 or number >= self._how.issues - 200 else 1 + number % self._how.servers
            actor = self._actor(ActorKind.ISSUE, f"vraagstuk-{number}", f"Vraagstuk {number}", server=server)
            host_id = self._hosts[server - 1]["id"] if server else self._host.id
            phase = _PHASES[number % len(_PHASES)]
            actors.append(actor)
            issues.append(
                {
                    "actor_id": actor["id"], "host_id": host_id, "question": _WORDS[:140], "why": _WORDS * 3,
                    "phase": phase, "perspectives_needed": ["young-people", "teacher"], "published_at": self._now,
                    "feedback_by": self._now + timedelta(days=number % 90 - 10),
                }
            )  # fmt: skip
            themes += [
                {"issue_id": actor["id"], "theme": _THEMES[number % len(_THEMES)]},
                {"issue_id": actor["id"], "theme": _THEMES[(number + 1 + number % 7) % len(_THEMES)]},
            ]
            changes.append({"id": self._id(), "issue_id": actor["id"], "phase": phase, "at": self._now})
        await self._put(Actor, actors)
        await self._put(Issue, issues)
        await self._put(IssueTheme, [dict(pair) for pair in {tuple(one.items()) for one in themes}])
        await self._put(PhaseChange, changes)
        self._issues = actors
        self._made.issue_ids = [actor["id"] for actor in actors]

    # ---------------------------------------------------------------- posts
    async def _add_contributions(self) -> None:
        how = self._how
        special = how.long + how.conversed
        said: list[tuple[Row, int]] = []
        for place, issue in enumerate(reversed(self._issues[-special:])):
            is_long = place < how.long
            said.append((issue, 2_000 if is_long else 40))
            (self._made.long_issues if is_long else self._made.conversed_issues).append(issue["handle"])
        left = how.contributions - sum(count for _, count in said)
        others = self._issues[:-special]
        said += [(issue, left * (at + 1) // len(others) - left * at // len(others)) for at, issue in enumerate(others)]
        await self._put_each(Post, self._conversations(said))
        await self._put(Mention, self._mentions)
        await self._put(Reaction, self._reactions)

    def _conversations(self, said: Sequence[tuple[Row, int]]) -> Iterator[Row]:
        self._mentions: list[Row] = []
        self._reactions: list[Row] = []
        self._kept: dict[int, list[Row]] = {}
        number = 0
        for issue, count in said:
            root: Row | None = None
            for place in range(count):
                number += 1
                parent = root if place % 3 else None
                post = self._post(PostKind.CONTRIBUTION, self._people[(number * 7) % len(self._people)], issue["id"])
                if parent is None:
                    root = post
                else:
                    post |= {
                        "thread_id": parent["id"], "reply_to_id": parent["id"], "reply_to_uri": parent["uri"],
                    }  # fmt: skip
                    self._mentions.append({"post_id": post["id"], "actor_id": parent["author_id"]})
                if number % 10 == 0:
                    self._reactions.append(
                        {
                            "id": self._id(), "kind": "like", "actor_id": self._people[number % 97]["id"],
                            "post_id": post["id"], "uri": f"{post['uri']}#like", "created_at": self._now,
                        }
                    )  # fmt: skip
                self._kept.setdefault(issue["id"], []).append({"id": post["id"], "uri": post["uri"]})
                yield post

    def _post(self, kind: PostKind, author: Mapping[str, Any], space_id: int | None, **more: object) -> Row:
        post_id = self._id()
        uri = f"{author['uri']}/posts/{post_id}" if not author["is_local"] else self._site.post_uri(kind, post_id)
        return {
            "id": post_id, "uri": uri, "author_id": author["id"], "kind": kind,
            "type": "Article" if kind in {PostKind.KNOWLEDGE, PostKind.OUTCOME} else "Note",
            "name": "", "summary": "", "content": f"<p>{_WORDS * 2}</p>", "language": "nl", "url": uri,
            "visibility": Visibility.PUBLIC, "space_id": space_id, "thread_id": post_id, "reply_to_id": None,
            "reply_to_uri": None, "is_local": author["is_local"], "published_at": self._now, **more,
        }  # fmt: skip

    async def _add_products(self) -> None:
        kinds = tuple(KnowledgeKind)
        posts, products, themes, uses = [], [], [], []
        for number in range(self._how.products):
            author = self._hosts[number % len(self._hosts)] if number % 2 else self._our_host
            post = self._post(
                PostKind.KNOWLEDGE, author, None, name=f"Handreiking {number}", summary=_WORDS[:180],
                content=f"<h2>Waarom</h2><p>{_WORDS * 4}</p>" * 4,
            )  # fmt: skip
            posts.append(post)
            products.append({"post_id": post["id"], "kind": kinds[number % len(kinds)], "licence": "CC-BY-4.0"})
            themes.append({"post_id": post["id"], "theme": _THEMES[number % len(_THEMES)]})
            uses.append({"post_id": post["id"], "issue_id": self._issues[-1 - number % 500]["id"]})
        await self._put(Post, posts)
        await self._put(KnowledgeProduct, products)
        await self._put(PostTheme, themes)
        await self._put(KnowledgeIssue, uses)
        self._made.product_ids = [post["id"] for post in posts if post["is_local"]]

    async def _add_outcomes(self) -> None:
        verdicts = tuple(Verdict)
        posts, answers = [], []
        ours = [issue for issue in self._issues if issue["is_local"]]
        for number in range(self._how.outcomes):
            issue = ours[-1 - number]
            post = self._post(
                PostKind.OUTCOME, self._our_host, issue["id"], name=f"Wat we deden {number}", summary=_WORDS[:120]
            )
            posts.append(post)
            answers += [
                {"outcome_id": post["id"], "contribution_uri": said["uri"], "verdict": verdicts[at], "reason": _WORDS}
                for at, said in enumerate(self._kept[issue["id"]][-3:])
            ]
        await self._put(Post, posts)
        await self._put(Answer, answers)

    @property
    def _our_host(self) -> Row:
        return {"id": self._host.id, "uri": self._host.uri, "is_local": True}

    # --------------------------------------------------------------- people
    async def _add_people_matters(self) -> None:
        how, people, now = self._how, self._people, self._now
        said = [kept[0]["id"] for kept in self._kept.values()]
        await self._put(
            Notification,
            [
                {
                    "id": self._id(), "kind": "reply" if number % 2 else "mention", "post_id": said[number % len(said)],
                    "recipient_id": self._reader.id if number % 6 == 0 else people[1 + number % 900]["id"],
                    "from_id": people[(number + number // 900) % len(people)]["id"], "created_at": now,
                    "read_at": None if number % 4 == 0 else now, "mail": MailStep.DONE,
                }
                for number in range(how.notifications)
            ],
        )  # fmt: skip
        await self._put(
            Follow,
            [
                {
                    "id": self._id(), "follower_id": person["id"], "followee_id": issue["id"],
                    "uri": f"{person['uri']}#follow-{issue['id']}", "state": FollowState.ACCEPTED, "created_at": now,
                }
                for number, person in enumerate(people)
                for issue in self._issues[-1 - number % 400 :: -1_999]
            ],
        )  # fmt: skip
        await self._put(
            AuditEntry,
            [
                {
                    "id": self._id(), "actor_id": self._reader.id, "object_name": whom["handle"],
                    "object_uri": whom["uri"], "act": "text-changed" if number % 3 else "email-read", "created_at": now,
                }
                for number in range(how.entries)
                for whom in [people[number % len(people)]]
            ],
        )  # fmt: skip
        reports = [
            {
                "id": self._id(), "reporter_id": people[number % len(people)]["id"], "created_at": now,
                "about_id": people[(number + 5) % len(people)]["id"], "category": tuple(Category)[number % 4],
                "comment": _WORDS, "state": ReportState.HANDLED if number % 4 else ReportState.OPEN,
            }
            for number in range(how.reports)
        ]  # fmt: skip
        await self._put(Report, reports)
        await self._put(
            ReportedPost,
            [{"report_id": one["id"], "post_id": said[at % len(said)]} for at, one in enumerate(reports)],
        )

    # -------------------------------------------------------------- writing
    async def _put(self, table: type[Base], rows: Sequence[Row]) -> None:
        await self._put_each(table, iter(rows))

    async def _put_each(self, table: type[Base], rows: Iterator[Row]) -> None:
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == _AT_ONCE:
                await self._session.execute(insert(table.__table__), batch)  # type: ignore[arg-type]
                batch = []
        if batch:
            await self._session.execute(insert(table.__table__), batch)  # type: ignore[arg-type]
