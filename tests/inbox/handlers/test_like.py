"""Like: told once, and only of what one may see."""

from federation.audience import Visibility
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def test_its_author_is_told_once(stage: Stage, anna: Remote) -> None:
    post = await stage.say(stage.fatima)
    for _ in range(2):
        await stage.hear(anna, anna.activity("Like", post.uri))
    assert len((await stage.state())["reactions"]) == 1
    assert await stage.notified() == [("like", stage.fatima.id)]


async def test_nobody_likes_what_they_may_not_see(stage: Stage, anna: Remote) -> None:
    post = await stage.say(stage.fatima, visibility=Visibility.FOLLOWERS)
    assert (await stage.hear(anna, anna.activity("Like", post.uri)))[0] is ArrivalState.IGNORED
    await stage.add_follow(await stage.meet(anna), stage.fatima)
    assert await stage.hear(anna, anna.activity("Like", post.uri)) == DONE
