from datetime import UTC, datetime
from typing import Any

import pytest

from federation.documents import ActorDocument, PublishedKey
from federation.errors import DocumentError, OriginError
from tests.federation.documents.samples import ANNA, an_actor


def test_a_person_is_read() -> None:
    actor = ActorDocument.read(an_actor())
    assert (actor.id, actor.type, actor.handle, actor.name) == (ANNA, "Person", "anna", "Anna")
    assert actor.inbox == f"{ANNA}/inbox"
    assert actor.shared_inbox == "https://tilburg.example/inbox"
    assert actor.icon_url == "https://tilburg.example/m/anna.png"
    assert actor.manually_approves
    assert actor.keys == (
        PublishedKey(f"{ANNA}#main-key", ANNA, "-----BEGIN PUBLIC KEY-----"),
        PublishedKey(f"{ANNA}#ed", ANNA, "z6Mkxyz"),
    )


def test_an_issue_is_read_with_our_own_terms() -> None:
    actor = ActorDocument.read(
        an_actor(
            type="Group",
            kind="issue",
            question="Hoe blijven jongeren in gesprek?",
            why="Zij vallen weg.",
            phase="conversation",
            feedbackBy="2026-06-01T00:00:00Z",
            host="https://tilburg.example/organisation",
            themes=["https://w3id.org/samenspraak/themes/youth", {"id": "https://w3id.org/samenspraak/themes/online"}],
            place="https://identifier.overheid.nl/tooi/id/gemeente/gm0855",
            perspectivesNeeded=["young-people", "parents"],
            perspectivesPresent="parents",
            issues=f"{ANNA}/issues",
            knowledgeProducts=f"{ANNA}/knowledge",
            attributedTo="https://tilburg.example/organisation",
            postingRestrictedToMods=True,
        )
    )
    assert (actor.kind, actor.phase, actor.question) == ("issue", "conversation", "Hoe blijven jongeren in gesprek?")
    assert actor.feedback_by == datetime(2026, 6, 1, tzinfo=UTC)
    assert actor.themes == ("https://w3id.org/samenspraak/themes/youth", "https://w3id.org/samenspraak/themes/online")
    assert actor.perspectives_needed == ("young-people", "parents")
    assert actor.perspectives_present == ("parents",)
    assert actor.posting_restricted_to_mods
    assert actor.attributed_to == actor.host == "https://tilburg.example/organisation"


def test_a_servers_own_actor_without_a_handle_is_named_after_its_host() -> None:
    assert ActorDocument.read(an_actor(type="Application", preferredUsername=None)).handle == "tilburg.example"


@pytest.mark.parametrize(
    "changes",
    [
        {"inbox": "https://evil.example/inbox"},
        {"outbox": "https://evil.example/outbox"},
        {"followers": "https://evil.example/followers"},
        {"endpoints": {"sharedInbox": "https://evil.example/inbox"}},
        {"publicKey": {"id": f"{ANNA}#k", "owner": "https://tilburg.example/users/other", "publicKeyPem": "x"}},
        {"publicKey": {"id": "https://evil.example/k", "owner": ANNA, "publicKeyPem": "x"}},
        {"assertionMethod": {"id": f"{ANNA}#k", "controller": "https://x.example/", "publicKeyMultibase": "z"}},
    ],
)
def test_an_actor_owns_only_what_its_server_owns(changes: dict[str, Any]) -> None:
    with pytest.raises(OriginError):
        ActorDocument.read(an_actor(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"type": "Note"},
        {"inbox": None},
        {"preferredUsername": "anna smit"},
        {"preferredUsername": "a" * 101},
        {"preferredUsername": "anna@evil.example"},
        {"publicKey": {"id": "no iri", "owner": ANNA, "publicKeyPem": "x"}},
    ],
)
def test_a_malformed_actor_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        ActorDocument.read(an_actor(**changes))


def test_long_texts_and_lists_are_cut() -> None:
    field = {"type": "PropertyValue", "name": "n" * 600, "value": "v" * 600}
    actor = ActorDocument.read(
        an_actor(name="n" * 600, summary="s" * 6000, attachment=[field] * 40, themes=[f"t{n}" for n in range(99)])
    )
    assert len(actor.name) == 500
    assert len(actor.summary) == 5_000
    assert len(actor.fields) == 16
    assert len(actor.fields[0][0]) == 500
    assert len(actor.themes) == 50


def test_a_key_that_is_only_named_is_no_key() -> None:
    assert ActorDocument.read(an_actor(publicKey=f"{ANNA}#main-key", assertionMethod=[f"{ANNA}#ed"])).keys == ()
