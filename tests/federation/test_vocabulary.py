import json

import pytest

from federation.vocabulary import ACCEPT, ACTIVITY_JSON, CONTEXT, LD_JSON, is_activity_media_type, is_public


@pytest.mark.parametrize("uri", ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"])
def test_the_public_has_three_names(uri: str) -> None:
    assert is_public(uri)
    assert not is_public(uri + "x")


@pytest.mark.parametrize(
    "content_type",
    [
        ACTIVITY_JSON,
        LD_JSON,
        "application/activity+json; charset=utf-8",
        "Application/Activity+JSON",
        "application/ld+json;charset=utf-8; Profile=https://www.w3.org/ns/activitystreams",
        'application/ld+json; profile="https://example.org/x https://www.w3.org/ns/activitystreams"',
    ],
)
def test_activitystreams_is_recognised(content_type: str) -> None:
    assert is_activity_media_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams-not"',
        "application/activity+json-seq",
        "text/html; application/activity+json",
        "image/png",
    ],
)
def test_what_others_may_have_put_there_is_not(content_type: str) -> None:
    assert not is_activity_media_type(content_type)


def test_we_accept_both_forms() -> None:
    assert f"{ACTIVITY_JSON}, {LD_JSON}" == ACCEPT


def test_every_prefix_of_an_own_term_is_declared_inline() -> None:
    terms = CONTEXT[-1]
    declared = {*terms, "as"}
    for definition in terms.values():
        term = definition if isinstance(definition, str) else definition["@id"]
        if "://" not in term:
            assert term.partition(":")[0] in declared
    assert len(json.dumps(CONTEXT)) < 3_500
