import asyncio

import pytest

from actors.group_commit import GroupCommit, Overloaded


class Store:
    """Keeps the groups that it was given; ``gate`` holds it up."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self, items: list[int]) -> list[str]:
        self.groups.append(items)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [f"stored {item}" for item in items]


@pytest.fixture
def store() -> Store:
    return Store()


async def test_who_comes_alone_is_stored_at_once(store: Store) -> None:
    assert await GroupCommit(store).add(1) == "stored 1"
    assert store.groups == [[1]]


async def test_everyone_who_waits_shares_one_transaction_and_gets_their_own_result(store: Store) -> None:
    group = GroupCommit(store)
    store.gate.clear()
    first = asyncio.create_task(group.add(0))
    await asyncio.sleep(0)
    others = [asyncio.create_task(group.add(item)) for item in range(1, 50)]
    await asyncio.sleep(0)
    store.gate.set()
    assert await asyncio.gather(first, *others) == [f"stored {item}" for item in range(50)]
    assert sorted(item for group in store.groups for item in group) == list(range(50))
    assert len(store.groups) <= 2


async def test_a_group_is_no_larger_than_allowed(store: Store) -> None:
    group = GroupCommit(store, largest=10)
    assert len(await asyncio.gather(*(group.add(item) for item in range(25)))) == 25
    assert [len(one) for one in store.groups] == [10, 10, 5]


async def test_a_failure_reaches_everyone_of_the_group_and_nobody_after_it(store: Store) -> None:
    group = GroupCommit(store)
    store.error = OSError("the disk is full")
    results = await asyncio.gather(*(group.add(item) for item in range(5)), return_exceptions=True)
    assert all(isinstance(result, OSError) for result in results)
    store.error = None
    assert await group.add(6) == "stored 6"


async def test_a_store_that_answers_too_few_fails_everyone_instead_of_leaving_them_to_wait() -> None:
    async def forgetful(items: list[int]) -> list[int]:
        return items[1:]

    group = GroupCommit(forgetful)
    results = await asyncio.wait_for(
        asyncio.gather(*(group.add(item) for item in range(3)), return_exceptions=True), timeout=10
    )
    assert all(isinstance(result, Exception) for result in results)


async def test_more_than_may_wait_are_sent_away(store: Store) -> None:
    group = GroupCommit(store, largest=1, waiting=3)
    store.gate.clear()
    waiting = [asyncio.create_task(group.add(0))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(group.add(item)) for item in range(1, 4)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await group.add(4)
    store.gate.set()
    assert len(await asyncio.gather(*waiting)) == 4


async def test_who_gives_up_waiting_does_not_harm_the_others(store: Store) -> None:
    group = GroupCommit(store)
    store.gate.clear()
    tasks = [asyncio.create_task(group.add(item)) for item in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    store.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[0] == "stored 0"
    assert isinstance(results[1], asyncio.CancelledError)
    assert results[2] == "stored 2"


async def test_closing_stores_what_waits_and_takes_nothing_more(store: Store) -> None:
    group = GroupCommit(store)
    waiting = asyncio.create_task(group.add(1))
    await asyncio.sleep(0)
    await group.close()
    assert await waiting == "stored 1"
    with pytest.raises(Overloaded):
        await group.add(2)
