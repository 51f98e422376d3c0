"""What is not handled yet is kept with the reason."""

from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def test_what_is_not_handled_yet_is_kept_with_the_reason(stage: Stage, anna: Remote) -> None:
    state, reason = await stage.hear(anna, anna.activity("Move", stage.fatima.uri))
    assert state is ArrivalState.IGNORED
    assert reason
