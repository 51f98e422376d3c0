"""One address, two forms: which of them an ``Accept`` header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.negotiation import wants_activity

MASTODON = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)


@pytest.mark.parametrize(
    ("accept", "activity"),
    [
        (MASTODON, True),
        ("application/activity+json", True),
        ("application/activity+json, */*;q=0.1", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ('application/ld+json;profile="https://www.w3.org/ns/activitystreams", application/activity+json;q=0.9', True),
        ("application/json", True),
        ("APPLICATION/ACTIVITY+JSON", True),
        ("text/html;q=0.5, application/activity+json", True),
        ("text/html;q=0.9, application/activity+json;q=0.91", True),
        (" application/activity+json ; q=1.0 ", True),
        (FIREFOX, False),
        (CHROME, False),
        ("text/html", False),
        ("", False),
        ("*/*", False),
        ("application/*", False),
        ("text/html, application/activity+json", False),
        ("application/activity+json;q=0.5, text/html", False),
        ("application/activity+json;q=0", False),
        ("application/activity+json;q=0, */*", False),
        ("application/activity+json;q=veel", False),
        ("application/activity+json;q=nan", False),
        ("application/activity+jsonx", False),
        ("text/plain", False),
        ("image/png,*/*;q=0.5", False),
        (",,;;,", False),
    ],
)
def test_what_is_asked_for(accept: str, activity: bool) -> None:
    assert wants_activity(accept) is activity


@given(
    st.text(max_size=200) | st.lists(st.sampled_from([MASTODON, FIREFOX, ";q=", "-1", "2", "1e999", ","])).map("".join)
)
def test_no_header_is_too_odd(accept: str) -> None:
    assert wants_activity(accept) in {True, False}


def test_a_quality_beyond_the_best_is_the_best() -> None:
    assert not wants_activity("text/html, application/activity+json;q=7")
    assert not wants_activity("text/html, application/activity+json;q=1e999")
