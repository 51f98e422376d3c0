"""An outcome as ActivityStreams: what it says of each contribution, its version and corrections, and what follows."""

from actors.knowledge.outcome_tables import OutcomeStep
from actors.posts.detail import PostDetail
from actors.serialize.moments import stamp
from federation.documents import JsonObject

_MOST_CORRECTIONS = 20


def write_outcome(detail: PostDetail) -> JsonObject:
    """Return what the document of an outcome has that those of other posts have not."""
    facts = detail.facts
    document: JsonObject = {
        "postType": "outcome",
        "version": facts.version,
        "answers": [
            {
                "type": "Answer",
                "object": answer.contribution_uri,
                "verdict": answer.verdict.value,
                "reason": answer.reason,
            }
            for answer in detail.answers
        ],
    }
    if detail.space is not None:
        document["issue"] = detail.space.uri
    if facts.corrections:
        document["corrections"] = [
            {"type": "Correction", "version": one.version, "published": stamp(one.since), "reason": one.reason}
            for one in facts.corrections[-_MOST_CORRECTIONS:]
        ]
    if facts.steps:
        document["followUp"] = [_step(detail.post.uri, step) for step in facts.steps]
    return document


def _step(uri: str, step: OutcomeStep) -> JsonObject:
    document: JsonObject = {
        "type": "Step",
        "id": f"{uri}#stap-{step.number}",
        "name": step.what,
        "status": "open" if step.done_at is None else "done",
    }
    if step.who:
        document["responsible"] = step.who
    if step.due_at is not None:
        document["endTime"] = stamp(step.due_at)
    if step.done_at is not None:
        document["done"] = stamp(step.done_at)
    if step.note:
        document["content"] = step.note
    return document
