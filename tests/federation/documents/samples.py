"""Documents as other software sends them, to be changed one thing at a time."""

from typing import Any

from federation.vocabulary import PUBLIC

ANNA = "https://tilburg.example/users/anna"


def a_note(**changes: Any) -> dict[str, Any]:
    return {
        "id": f"{ANNA}/posts/1",
        "type": "Note",
        "attributedTo": ANNA,
        "content": "<p>Dag <b>allemaal</b></p>",
        "contentMap": {"nl": "<p>Dag <b>allemaal</b></p>"},
        "summary": None,
        "inReplyTo": "https://utrecht.example/posts/9",
        "context": "https://utrecht.example/contexts/9",
        "published": "2026-04-14T14:00:00.123456789Z",
        "url": "https://tilburg.example/@anna/1",
        "to": [PUBLIC],
        "cc": [f"{ANNA}/followers", "https://utrecht.example/users/bram"],
        "audience": "https://utrecht.example/issues/3",
        "sensitive": False,
        "tag": [
            {"type": "Mention", "href": "https://utrecht.example/users/bram", "name": "@bram@utrecht.example"},
            {"type": "Hashtag", "href": "https://tilburg.example/tags/jongeren", "name": "#jongeren"},
        ],
        "attachment": [
            {"type": "Document", "mediaType": "image/png", "url": "https://tilburg.example/m/1.png", "name": "kaart"}
        ],
    } | changes


def a_create(**changes: Any) -> dict[str, Any]:
    return {
        "id": f"{ANNA}/posts/1/activity",
        "type": "Create",
        "actor": ANNA,
        "published": "2026-04-14T14:00:00Z",
        "to": ["as:Public"],
        "cc": [f"{ANNA}/followers"],
        "object": a_note(),
    } | changes


def an_actor(**changes: Any) -> dict[str, Any]:
    return {
        "id": ANNA,
        "type": "Person",
        "preferredUsername": "anna",
        "name": "Anna",
        "summary": "<p>Opbouwwerker</p>",
        "url": "https://tilburg.example/@anna",
        "icon": {"type": "Image", "mediaType": "image/png", "url": "https://tilburg.example/m/anna.png"},
        "inbox": f"{ANNA}/inbox",
        "outbox": f"{ANNA}/outbox",
        "followers": f"{ANNA}/followers",
        "endpoints": {"sharedInbox": "https://tilburg.example/inbox"},
        "manuallyApprovesFollowers": True,
        "publicKey": {"id": f"{ANNA}#main-key", "owner": ANNA, "publicKeyPem": "-----BEGIN PUBLIC KEY-----"},
        "assertionMethod": [
            {"id": f"{ANNA}#ed", "type": "Multikey", "controller": ANNA, "publicKeyMultibase": "z6Mkxyz"}
        ],
        "published": "2026-01-01T00:00:00Z",
    } | changes
