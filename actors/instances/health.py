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

from sqlalchemy import bindparam, case, func, or_, select, update
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
    """Keep everyone else from trying these hosts while one attempt of ours is under way.

    A row that another process has in hand is left to it: what it notes is newer than what we know.
    """
    rows = select(Instance.domain).where(among(session, Instance.domain, domains)).correlate(None)
    await session.execute(
        update(Instance).where(Instance.domain.in_(rows.with_for_update(skip_locked=True))).values(rests_until=until),
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
    news = [sign for sign in last.values() if _is_news(sign, known.get(sign.domain), now)]
    recovered = {sign.domain for sign in news if sign.error is None and _rested(known.get(sign.domain))}
    await _note(session, news, now)
    failed = [sign for sign in news if sign.error is not None]
    return Verdict(await _let_rest(session, failed, now, random) if failed else {}, recovered)


def _is_news(sign: Sign, row: Any, now: datetime) -> bool:
    if sign.error is not None:
        return True
    if row is None:
        return sign.delivered
    if row.failures or row.rests_until is not None:
        return True
    return sign.delivered and (row.last_success_at is None or row.last_success_at < now - SUCCESS_NOTED_EVERY)


def _rested(row: Any) -> bool:
    return row is not None and row.rests_until is not None


async def _note(session: AsyncSession, signs: list[Sign], now: datetime) -> None:
    """Write signs to the hosts' rows: in one statement and one order, so that two processes never wait in a circle."""
    if not signs:
        return
    insert = _insert(session)
    new = insert.excluded
    answered = new.failures == 0
    statement = insert.on_conflict_do_update(
        index_elements=["domain"],
        set_={
            "failures": case((answered, 0), else_=Instance.failures + 1),
            "rests_until": case((answered, None), else_=Instance.rests_until),
            "last_success_at": func.coalesce(new.last_success_at, Instance.last_success_at),
            "last_failure_at": func.coalesce(new.last_failure_at, Instance.last_failure_at),
            "last_error": case((answered, Instance.last_error), else_=new.last_error),
        },
    )
    await session.execute(
        statement,
        [
            {
                "domain": sign.domain,
                "created_at": now,
                "failures": 0 if sign.error is None else 1,
                "last_error": sign.error or "",
                "last_success_at": now if sign.delivered else None,
                "last_failure_at": None if sign.error is None else now,
            }
            for sign in sorted(signs, key=lambda sign: sign.domain)
        ],
    )


async def _let_rest(
    session: AsyncSession, failed: list[Sign], now: datetime, random: Callable[[], float]
) -> dict[str, datetime]:
    counts = await troubles(session, [sign.domain for sign in failed])
    rests: dict[str, datetime] = {}
    for sign in failed:
        rest = max(rest_after(counts[sign.domain].failures, random()) or timedelta(0), sign.wait)
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
