"""Group commit: concurrent writers share one transaction.

A commit costs a flush to disk, however much it holds: one row a commit gives some thousands a
second, a hundred rows a commit ten times that. So those who have something to store hand it in and
wait; one task takes all that waits, stores it in one transaction and answers everyone. Under no
load nobody waits for company: an item that comes alone is stored at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Overloaded(Exception):
    """More waits to be stored than the limit allows: the caller should send its peer away for now."""


class GroupCommit(Generic[Item, Result]):
    """Stores items together. ``store`` gets a list, commits it, and returns one result an item.

    When ``store`` raises, everyone of that group gets the exception: nothing was stored.
    """

    def __init__(
        self, store: Callable[[list[Item]], Awaitable[list[Result]]], *, largest: int = 500, waiting: int = 5_000
    ) -> None:
        self._store = store
        self._largest = largest
        self._most_waiting = waiting
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def add(self, item: Item) -> Result:
        """Return the item's result once its transaction has committed.

        Raises `Overloaded` when too many wait, and whatever ``store`` raised.
        """
        if len(self._waiting) >= self._most_waiting or self._closing:
            raise Overloaded
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await future

    async def close(self) -> None:
        """Store what waits, and take nothing more."""
        self._closing = True
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
            try:
                results = await self._store([item for item, _ in group])
                if len(results) != len(group):
                    raise RuntimeError(f"stored {len(results)} of {len(group)}")
            except Exception as error:  # noqa: BLE001 - each waiter gets it, none is swallowed
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)
