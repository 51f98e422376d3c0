from datetime import UTC, datetime
from typing import Any

import pytest

from federation.documents import Activity
from federation.errors import DocumentError, OriginError
from federation.vocabulary import PUBLIC
from tests.federation.documents.samples import ANNA, a_create, a_note


def test_a_create_is_read_with_its_object() -> None:
    activity = Activity.read(a_create())
    assert (activity.id, activity.type, activity.actor) == (f"{ANNA}/posts/1/activity", "Create", ANNA)
    assert activity.object == a_note()
    assert activity.object_id == f"{ANNA}/posts/1"
    assert activity.to == (PUBLIC,)
    assert activity.cc == (f"{ANNA}/followers",)
    assert activity.published == datetime(2026, 4, 14, 14, tzinfo=UTC)


def test_an_object_may_be_an_iri_alone() -> None:
    activity = Activity.read(a_create(type="Follow", object="https://utrecht.example/issues/3"))
    assert activity.object is None
    assert activity.object_id == "https://utrecht.example/issues/3"


def test_an_object_without_an_id_is_still_there() -> None:
    activity = Activity.read(a_create(object={"type": "Follow", "object": "https://utrecht.example/issues/3"}))
    assert activity.object is not None
    assert activity.object_id is None


def test_the_known_type_is_taken_from_several() -> None:
    assert Activity.read(a_create(type=["https://x.example/ns#Odd", "Like"])).type == "Like"


def test_an_activity_in_the_name_of_another_server_is_refused() -> None:
    with pytest.raises(OriginError):
        Activity.read(a_create(actor="https://evil.example/users/x"))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "about:blank"},
        {"actor": None},
        {"actor": ["a", "b"]},
        {"type": None},
        {"type": []},
        {"to": ["https://a.example/x"] * 101},
        {"attributedTo": {"id": ANNA, "name": "Anna"}},
        {"object": a_note(attributedTo={"id": ANNA, "type": "Person"})},
        {"object": a_note(attributedTo=[ANNA, {"id": "https://evil.example/x"}])},
    ],
)
def test_a_malformed_activity_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        Activity.read(a_create(**changes))


def test_the_authors_of_what_is_no_post_are_not_our_concern() -> None:
    # PeerTube writes its videos so.
    video = {"type": "Video", "id": f"{ANNA}/v/1", "attributedTo": [{"type": "Person", "id": ANNA}]}
    assert Activity.read(a_create(object=video)).object == video
