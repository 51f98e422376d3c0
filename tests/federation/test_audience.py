import pytest

from federation.audience import Visibility, addressing, visibility_of
from federation.vocabulary import PUBLIC

FOLLOWERS = "https://tilburg.example/users/anna/followers"
BRAM = "https://utrecht.example/users/bram"
CLOSED = "https://tilburg.example/networks/jongeren"


@pytest.mark.parametrize("visibility", list(Visibility))
def test_what_is_addressed_is_read_back_the_same(visibility: Visibility) -> None:
    to, cc = addressing(visibility, followers=FOLLOWERS, mentions=[BRAM], spaces=[CLOSED])
    assert visibility_of(to, cc, followers=FOLLOWERS, spaces=[CLOSED]) == visibility
    assert BRAM in (*to, *cc)


def test_public_means_to_everyone_and_unlisted_means_everyone_in_copy() -> None:
    assert addressing(Visibility.PUBLIC, followers=FOLLOWERS, mentions=[BRAM]) == ((PUBLIC,), (FOLLOWERS, BRAM))
    assert addressing(Visibility.UNLISTED, followers=FOLLOWERS, mentions=[BRAM]) == ((FOLLOWERS,), (PUBLIC, BRAM))


def test_only_a_public_post_is_for_its_space_and_everyone() -> None:
    assert addressing(Visibility.PUBLIC, followers=None, mentions=[], spaces=[CLOSED]) == ((PUBLIC, CLOSED), ())


def test_what_is_for_members_is_addressed_to_their_space_alone() -> None:
    assert addressing(Visibility.MEMBERS, followers=FOLLOWERS, mentions=[], spaces=[CLOSED]) == ((CLOSED,), ())


def test_a_mention_of_an_addressed_space_is_not_repeated() -> None:
    assert addressing(Visibility.MEMBERS, followers=None, mentions=[CLOSED, BRAM, BRAM], spaces=[CLOSED]) == (
        (CLOSED,),
        (BRAM,),
    )


def test_the_followers_of_someone_else_are_not_followers() -> None:
    assert visibility_of(["https://evil.example/followers"], [], followers=FOLLOWERS) == Visibility.DIRECT
    assert visibility_of([FOLLOWERS], [], followers=None) == Visibility.DIRECT


def test_of_followers_and_members_the_narrower_holds() -> None:
    assert visibility_of([FOLLOWERS, CLOSED], [], followers=FOLLOWERS, spaces=[CLOSED]) == Visibility.MEMBERS


def test_a_post_for_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="followers"):
        addressing(Visibility.FOLLOWERS, followers=None, mentions=[BRAM])
    with pytest.raises(ValueError, match="space"):
        addressing(Visibility.MEMBERS, followers=FOLLOWERS, mentions=[BRAM])
