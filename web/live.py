"""Telling open pages what is new: who listens in this process, and one look for all of them.

Whenever `actors.wakeups.CHANGED` rings, and at most twice a second, the hub asks once what came in all the
issues that are looked at, and once which of the people who look have something new to know. How many
listen is bounded: of people who are signed in for each of them, of others for each address and all
together, so that nobody without an account can take the places of those with one. A listener who
takes nothing in is let go, and asks again from where it was.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import Database, now
from actors.ids import id_at
from actors.issues.news import News, news_in, phases_of, seen_by
from actors.kinds import Phase
from actors.posts.notified import count_unread, newest_notifications
from actors.visibility import Viewer
from actors.wakeups import CHANGED, Wakeups

log = logging.getLogger(__name__)

MOST_LISTENERS: Final = 1_000
MOST_UNKNOWN: Final = 600
"""Of those who are not signed in."""
MOST_FROM_ONE_ADDRESS: Final = 50
"""Of those who are not signed in. Many people of one office share an address; who finds no place reads on without."""
MOST_OF_ONE_PERSON: Final = 20
"""Each page that somebody has open is one."""
_MOST_WAITING: Final = 300
_PAUSE_SECONDS: Final = 0.5
_WINDOW: Final = timedelta(seconds=60)
"""A post may be committed later than one that came after it, but not by more than this."""


@dataclass(frozen=True)
class Event:
    """Something to tell: a new post (``inbreng``), another ``fase``, the number of ``meldingen``, or the ``einde``."""

    name: str
    data: str
    id: int | None = None
    is_for_all: bool = True


END: Final = Event("einde", "")


@dataclass(eq=False)
class Listener:
    """A page that is open: an issue that it shows, and whose page it is."""

    viewer: Viewer
    address: str
    issue_id: int | None
    waiting: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))

    def tell(self, event: Event) -> None:
        """Put an event down for the listener; one who takes nothing in is ended."""
        try:
            self.waiting.put_nowait(event)
        except asyncio.QueueFull:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(END)


class LiveHub:
    """Knows who listens in this process, and tells them."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        *,
        most: int = MOST_LISTENERS,
        most_unknown: int = MOST_UNKNOWN,
        pause: float = _PAUSE_SECONDS,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._bell = wakeups.bell(CHANGED)
        self._most, self._most_unknown = most, most_unknown
        self._pause = pause
        self._clock = clock
        self._listeners: set[Listener] = set()
        self._places: Counter[str] = Counter()
        """How many listen of a person, from an address, and of all who are not signed in."""
        self._known: dict[int, set[int]] = {}
        self._phases: dict[int, Phase] = {}
        self._notified: dict[int, int] = {}
        """By issue, or person: what everyone who listens knows."""
        self._is_ending = False

    @contextmanager
    def listening(self, viewer: Viewer, address: str, issue_id: int | None) -> Iterator[Listener | None]:
        """Listen for as long as the block runs; None when too many do already."""
        shares = self._shares(viewer, address)
        is_full = len(self._listeners) >= self._most or any(self._places[of] >= most for of, most in shares.items())
        if is_full or self._is_ending:
            yield None
            return
        listener = Listener(viewer, address, issue_id)
        self._listeners.add(listener)
        self._places.update(shares.keys())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self._places.subtract(shares.keys())
            self._places += Counter()  # what is at nothing goes

    def _shares(self, viewer: Viewer, address: str) -> dict[str, int]:
        """Return of whom a listener takes a place, each with how many places those have."""
        if viewer.actor_id is not None:
            return {f"person {viewer.actor_id}": MOST_OF_ONE_PERSON}
        return {f"address {address}": MOST_FROM_ONE_ADDRESS, "anyone": self._most_unknown}

    async def run(self) -> None:
        """Look whenever something changed, until cancelled."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            if self._listeners:
                with suppress(SQLAlchemyError, OSError):  # the next change is another try
                    await self.look()
            await asyncio.sleep(self._pause)

    async def end(self, _app: web.Application | None = None) -> None:
        """End all listening: the server stops, and waits for no page that is open."""
        self._is_ending = True
        for listener in self._listeners:
            listener.tell(END)

    async def begin(self, session: AsyncSession, listener: Listener) -> Phase | None:
        """Note what is there already, where nobody listened for it yet; returns the phase of the issue.

        Whoever listens asks for what came since their page was made after this: so nothing falls in between.
        """
        issue, person = listener.issue_id, listener.viewer.actor_id
        if person is not None and person not in self._notified:
            self._notified[person] = (await newest_notifications(session, [person])).get(person, 0)
        if issue is None:
            return None
        if issue not in self._known:
            found = await news_in(session, [issue], since=self._window())
            self._known[issue] = {news.post_id for news in found}
        phases = await phases_of(session, [issue])
        self._phases.setdefault(issue, phases[issue])
        return phases[issue]

    async def look(self) -> None:
        """Ask once for everyone what is new, and tell those who may know."""
        async with self._database.reading() as session:
            await self._look_at_issues(session, {one.issue_id for one in self._listeners if one.issue_id is not None})
            await self._look_at_notifications(
                session, {who for one in self._listeners if (who := one.viewer.actor_id) is not None}
            )
        self._forget_who_left()

    async def _look_at_issues(self, session: AsyncSession, watched: set[int]) -> None:
        if not watched:
            return
        found = await news_in(session, watched, since=self._window())
        phases = await phases_of(session, watched)
        told = _Told(session, [one for one in found if one.post_id not in self._known.get(one.issue_id, ())])
        for listener in [one for one in self._listeners if one.issue_id in watched]:
            for news in await told.to(listener):
                listener.tell(new_post(news.post_id, is_for_all=news.is_for_all))
            if (phase := phases.get(listener.issue_id or 0)) not in {None, self._phases.get(listener.issue_id or 0)}:
                listener.tell(Event("fase", str(phase)))
        for issue in watched:
            self._known[issue] = {news.post_id for news in found if news.issue_id == issue}
        self._phases.update(phases)

    async def _look_at_notifications(self, session: AsyncSession, watched: set[int]) -> None:
        if not watched:
            return
        newest = await newest_notifications(session, watched)
        for person in [who for who, found in newest.items() if found > self._notified.get(who, 0)]:
            count = await count_unread(session, Viewer(person))
            for listener in [one for one in self._listeners if one.viewer.actor_id == person]:
                listener.tell(unread(count))
        self._notified.update(newest)

    def _forget_who_left(self) -> None:
        issues = {one.issue_id for one in self._listeners}
        people = {one.viewer.actor_id for one in self._listeners}
        self._known = {issue: posts for issue, posts in self._known.items() if issue in issues}
        self._phases = {issue: phase for issue, phase in self._phases.items() if issue in issues}
        self._notified = {person: newest for person, newest in self._notified.items() if person in people}

    def _window(self) -> int:
        return id_at(self._clock() - _WINDOW)


class _Told:
    """Who may know of what is new: everyone of what is for all, of the rest those who may see it."""

    def __init__(self, session: AsyncSession, fresh: Iterable[News]) -> None:
        self._session = session
        self._fresh = list(fresh)
        self._seen: dict[Viewer, set[int]] = {}

    async def to(self, listener: Listener) -> list[News]:
        here = [news for news in self._fresh if news.issue_id == listener.issue_id]
        apart = {news.post_id for news in self._fresh if not news.is_for_all}
        if listener.viewer.actor_id is None or not apart.intersection(news.post_id for news in here):
            return [news for news in here if news.is_for_all]
        if listener.viewer not in self._seen:
            self._seen[listener.viewer] = await seen_by(self._session, listener.viewer, apart)
        return [news for news in here if news.is_for_all or news.post_id in self._seen[listener.viewer]]


def new_post(post_id: int, *, is_for_all: bool) -> Event:
    """Return what an open page is told of a new post."""
    return Event("inbreng", str(post_id), post_id, is_for_all)


def unread(count: int) -> Event:
    """Return what an open page is told of its reader's notifications."""
    return Event("meldingen", str(count), is_for_all=False)


def keep_telling(hub: LiveHub) -> Callable[[web.Application], AsyncIterator[None]]:
    """Return what keeps the hub looking for as long as the application runs."""

    async def run(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(hub.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return run
