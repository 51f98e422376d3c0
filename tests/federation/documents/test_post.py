from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.documents import Activity, ActorDocument, Answered, Attachment, Option, PostDocument, Source
from federation.errors import DocumentError, OriginError
from federation.vocabulary import PUBLIC
from tests.federation.documents.samples import ANNA, a_create, a_note, an_actor
from tests.federation.documents.test_syntax import JSON


def test_a_note_is_read() -> None:
    post = PostDocument.read(a_note())
    assert (post.id, post.type, post.attributed_to) == (f"{ANNA}/posts/1", "Note", ANNA)
    assert post.content == "<p>Dag <b>allemaal</b></p>"
    assert post.content_language == post.language == "nl"
    assert post.to == (PUBLIC,)
    assert post.mentions == ("https://utrecht.example/users/bram",)
    assert post.hashtags == ("jongeren",)
    assert post.audience == ("https://utrecht.example/issues/3",)
    assert post.published == datetime(2026, 4, 14, 14, 0, 0, 123456, tzinfo=UTC)
    assert post.attachments == (
        Attachment("Document", "https://tilburg.example/m/1.png", "image/png", "kaart", None, None, None, None),
    )


def test_content_may_stand_in_its_map_alone() -> None:
    post = PostDocument.read(a_note(content=None, contentMap={"nl": "dag", "en": "hello"}))
    assert (post.content, post.content_language) == ("dag", "nl")


def test_of_several_languages_the_one_of_the_content_is_meant() -> None:
    assert PostDocument.read(a_note(content="hello", contentMap={"nl": "dag", "en": "hello"})).language == "en"


def test_lemmys_way_to_name_a_language_is_read() -> None:
    post = PostDocument.read(a_note(contentMap=None, language={"identifier": "nl", "name": "Nederlands"}))
    assert post.language == "nl"


def test_a_poll_is_read() -> None:
    option = {"type": "Note", "name": "Ja", "replies": {"type": "Collection", "totalItems": 3}}
    poll = PostDocument.read(
        a_note(type="Question", oneOf=[option, {"name": "Nee"}], endTime="2026-05-01T00:00:00Z", votersCount=3)
    ).poll
    assert poll is not None
    assert poll.options == (Option("Ja", 3), Option("Nee", 0))
    assert not poll.multiple
    assert not poll.closed
    assert poll.closes == datetime(2026, 5, 1, tzinfo=UTC)
    assert poll.voters == 3
    several = PostDocument.read(a_note(type="Question", anyOf=[option] * 30, closed="2026-05-01T00:00:00Z")).poll
    assert several is not None
    assert several.multiple
    assert several.closed
    assert len(several.options) == 1


def test_an_outcome_is_read_with_its_answers() -> None:
    post = PostDocument.read(
        a_note(
            type="Article",
            kind="outcome",
            name="Wat wij met je inbreng doen",
            issue="https://tilburg.example/issues/3",
            license="https://creativecommons.org/licenses/by/4.0/",
            source={"content": "# dag", "mediaType": "text/markdown"},
            answers=[
                {"type": "Answer", "object": f"{ANNA}/posts/7", "verdict": "adopted", "reason": "Goed idee"},
                f"{ANNA}/posts/8",
                {"verdict": "adopted"},
            ],
        )
    )
    assert post.answers == (
        Answered(f"{ANNA}/posts/7", "adopted", "Goed idee"),
        Answered(f"{ANNA}/posts/8", None, None),
    )
    assert post.kind == "outcome"
    assert post.issue == "https://tilburg.example/issues/3"
    assert post.source == Source("# dag", "text/markdown")


def test_a_meeting_is_read() -> None:
    post = PostDocument.read(
        a_note(
            type="Event",
            startTime="2026-04-14T14:00:00+02:00",
            endTime="2026-04-14T16:00:00+02:00",
            location={"type": "Place", "name": "Buurthuis"},
        )
    )
    assert (post.start, post.end) == (datetime(2026, 4, 14, 12, tzinfo=UTC), datetime(2026, 4, 14, 14, tzinfo=UTC))
    assert post.location == "Buurthuis"


@pytest.mark.parametrize("author", ["https://evil.example/x", [ANNA, "https://evil.example/x"]])
def test_a_post_in_the_name_of_another_server_is_refused(author: object) -> None:
    with pytest.raises(OriginError):
        PostDocument.read(a_note(attributedTo=author))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"type": "Tombstone"},
        {"type": {}},
        {"attributedTo": None},
        {"attributedTo": []},
        {"attributedTo": {"id": ANNA}},
        {"cc": ["https://a.example/x"] * 101},
    ],
)
def test_a_malformed_post_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        PostDocument.read(a_note(**changes))


def test_everything_in_a_post_is_capped() -> None:
    post = PostDocument.read(
        a_note(
            content="x" * 200_000,
            contentMap={f"{chr(97 + n // 26)}{chr(97 + n % 26)}": "x" for n in range(100)},
            name="n" * 600,
            summary="s" * 6000,
            tag=[{"type": "Hashtag", "name": f"#t{n}"} for n in range(500)],
            attachment=[{"type": "Document", "url": "https://a.example/1"}] * 50,
        )
    )
    assert len(post.content) == 100_000
    assert len(post.content_map) == 32
    assert len(post.name or "") == 500
    assert len(post.summary or "") == 5_000
    assert len(post.hashtags) == 50
    assert len(post.attachments) == 16


NAMES = st.sampled_from(
    sorted({*a_note(), *a_create(), *an_actor(), "oneOf", "answers", "closed", "source", "location"})
)


@given(st.dictionaries(NAMES, JSON, max_size=6), st.sampled_from(["Note", "Question", "Event", "Article"]))
def test_readers_raise_nothing_but_our_own_errors(changes: dict[str, Any], type_: str) -> None:
    for read, document in (
        (PostDocument.read, a_note(type=type_)),
        (ActorDocument.read, an_actor()),
        (Activity.read, a_create()),
    ):
        with suppress(DocumentError, OriginError):
            read(document | changes)
