"""How other servers do, and the circuit breaker: a host that fails and fails again is left alone.

After `MOST_FAILURES` failures in a row a host rests, at first a minute, twice as long each time, an
hour at most; one that has failed for about a week rests a day. When the rest is over, one delivery
is tried (`hold` keeps everyone else away meanwhile). Any answer that shows the host alive ends it.

A host that does well costs next to nothing: its row is written when something changes, and once
in `SUCCESS_NOTED_EVERY` so that the operator sees when it was last reached.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.instances.tables import Instance

MOST_FAILURES: Final = 5
"""A host rests from this many failures in a row."""
SUCCESS_NOTED_EVERY: Final = timedelta(minutes=5)

_FIRST_REST: Final = 60.0
_LONGEST_REST: Final = 3_600.0
_DAY: Final = 86_400.0
_WEEK_OF_FAILURES: Final = MOST_FAILURES + 6 + 7 * 24
_JITTER: Final = 0.25


@dataclass(frozen=True, slots=True)
class Sign:
    """What one attempt says of a host. ``error`` is None when it answered, with whatever it answered.

    ``wait`` is for how long the host asked to be left alone.
    """

    domain: str
    delivered: bool
    error: str | None = None
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from signs: which hosts rest until when, and whose rest is over."""

    rests: dict[str, datetime] = field(default_factory=dict)
    recovered: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A host that failed lately. While ``rests_until`` is ahead nothing is tried."""

    failures: int
    rests_until: datetime | None

    def rests(self, now: datetime) -> bool:
        """Whether it is to be left alone."""
        return self.rests_until is not None and self.rests_until > now


def rest_after(failures: int, random: float) -> timedelta | None:
    """Return how long a host rests after so many failures in a row, or None; ``random`` in [0, 1) is the jitter."""
    if failures < MOST_FAILURES:
        return None
    if failures > _WEEK_OF_FAILURES:
        seconds = _DAY
    else:
        seconds = min(_FIRST_REST * 2 ** min(failures - MOST_FAILURES, 20), _LONGEST_REST)
    return timedelta(seconds=seconds * (1 + _JITTER * random))


async def troubles(session: AsyncSession, domains: Collection[str]) -> dict[str, Trouble]:
    """Return those of ``domains`` that failed since they last answered, or that rest."""
    rows = await session.execute(
        select(Instance.domain, Instance.failures, Instance.rests_until).where(
            among(session, Instance.domain, domains), or_(Instance.failures > 0, Instance.rests_until.is_not(None))
        )
    )
    return {domain: Trouble(failures, rests_until) for domain, failures, rests_until in rows}


async def hold(session: AsyncSession, domains: Collection[str], until: datetime) -> None:
    """Keep everyone else from trying these hosts while one attempt of ours is under way."""
    await session.execute(
        update(Instance).where(among(session, Instance.domain, sorted(domains))).values(rests_until=until),
        execution_options={"synchronize_session": False},
    )


async def record(
    session: AsyncSession, signs: Iterable[Sign], *, now: datetime, random: Callable[[], float]
) -> Verdict:
    """Note how hosts did, in order; of several signs of a host the last counts, as one."""
    last = {sign.domain: sign for sign in signs}
    if not last:
        return Verdict()
    known = {
        row.domain: row
        for row in await session.execute(
            select(Instance.domain, Instance.failures, Instance.rests_until, Instance.last_success_at).where(
                among(session, Instance.domain, last)
            )
        )
    }
    failed = [sign for sign in last.values() if sign.error is not None]
    answered = [sign for sign in last.values() if sign.error is None]
    recovered = {sign.domain for sign in answered if sign.domain in known and known[sign.domain].rests_until}
    await _note_answers(session, [sign for sign in answered if _is_news(sign, known.get(sign.domain), now)], now)
    return Verdict(await _note_failures(session, failed, now, random), recovered)


def _is_news(sign: Sign, row: Any, now: datetime) -> bool:
    if row is None:
        return sign.delivered
    if row.failures or row.rests_until is not None:
        return True
    return sign.delivered and (row.last_success_at is None or row.last_success_at < now - SUCCESS_NOTED_EVERY)


async def _note_answers(session: AsyncSession, signs: list[Sign], now: datetime) -> None:
    for delivered in (True, False):
        domains = sorted(sign.domain for sign in signs if sign.delivered is delivered)
        if not domains:
            continue
        insert = _insert(session)
        well: dict[str, Any] = {"failures": 0, "rests_until": None}
        if delivered:
            well["last_success_at"] = insert.excluded.last_success_at
        statement = insert.on_conflict_do_update(index_elements=["domain"], set_=well)
        await session.execute(
            statement,
            [
                {"domain": domain, "created_at": now, "last_success_at": now if delivered else None}
                for domain in domains
            ],
        )


async def _note_failures(
    session: AsyncSession, signs: list[Sign], now: datetime, random: Callable[[], float]
) -> dict[str, datetime]:
    if not signs:
        return {}
    insert = _insert(session)
    statement = insert.on_conflict_do_update(
        index_elements=["domain"],
        set_={
            "failures": Instance.failures + 1,
            "last_failure_at": insert.excluded.last_failure_at,
            "last_error": insert.excluded.last_error,
        },
    )
    # In one order everywhere: two processes that note the same hosts must not wait for each other.
    signs = sorted(signs, key=lambda sign: sign.domain)
    await session.execute(
        statement,
        [
            {"domain": sign.domain, "created_at": now, "failures": 1, "last_failure_at": now, "last_error": sign.error}
            for sign in signs
        ],
    )
    failures = await troubles(session, [sign.domain for sign in signs])
    rests: dict[str, datetime] = {}
    for sign in signs:
        rest = max(rest_after(failures[sign.domain].failures, random()) or timedelta(0), sign.wait)
        if rest > timedelta(0):
            rests[sign.domain] = now + rest
    if rests:
        await session.execute(
            update(Instance.__table__)  # type: ignore[arg-type]  # a mapped class's table is a Table
            .where(Instance.__table__.c.domain == bindparam("host"))
            .values(rests_until=bindparam("until")),
            [{"host": host, "until": until} for host, until in rests.items()],
        )
    return rests


def _insert(session: AsyncSession) -> Any:
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return build(Instance.__table__)  # type: ignore[arg-type]  # a mapped class's table is a Table
