"""How many may listen at once: nobody takes the places of everybody."""

from contextlib import ExitStack

import pytest

from actors.database import Database
from actors.visibility import ANYONE, Viewer
from actors.wakeups import Wakeups
from web.live import MOST_FROM_ONE_ADDRESS, MOST_OF_ONE_PERSON, LiveHub


@pytest.fixture
async def hub(database: Database) -> LiveHub:
    return LiveHub(database, Wakeups(database), most=130, most_unknown=MOST_FROM_ONE_ADDRESS + 10)


class Crowd:
    """Those who listen; how many found a place."""

    def __init__(self, hub: LiveHub) -> None:
        self.hub = hub
        self.open = ExitStack()

    def listens(self, times: int, viewer: Viewer, address: str = "192.0.2.1") -> int:
        found = [self.open.enter_context(self.hub.listening(viewer, address, None)) for _ in range(times)]
        return sum(listener is not None for listener in found)


async def test_one_address_has_its_share_of_those_who_are_not_signed_in(hub: LiveHub) -> None:
    crowd = Crowd(hub)
    assert crowd.listens(100, ANYONE) == MOST_FROM_ONE_ADDRESS
    assert crowd.listens(8, ANYONE, "192.0.2.2") == 8
    crowd.open.close()
    assert crowd.listens(1, ANYONE) == 1


async def test_those_who_are_not_signed_in_leave_places_for_those_who_are(hub: LiveHub) -> None:
    crowd = Crowd(hub)
    assert crowd.listens(MOST_FROM_ONE_ADDRESS, ANYONE) == MOST_FROM_ONE_ADDRESS
    assert sum(crowd.listens(5, ANYONE, f"192.0.2.{number}") for number in range(2, 9)) == 10
    assert crowd.listens(5, Viewer(1)) == 5


async def test_one_person_has_as_many_as_pages_can_be_open(hub: LiveHub) -> None:
    crowd = Crowd(hub)
    assert crowd.listens(100, Viewer(1)) == MOST_OF_ONE_PERSON
    assert crowd.listens(3, Viewer(2)) == 3
    assert (
        sum(crowd.listens(MOST_OF_ONE_PERSON, Viewer(number)) for number in range(2, 9)) == 130 - 3 - MOST_OF_ONE_PERSON
    )
