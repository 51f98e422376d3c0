"""Who may speak for an issue besides itself, where that matters for what others send.

What is known here is asked first. Of an issue elsewhere its own server is asked once more, since whom it took as a
co-host may have passed us by.
"""

from actors.actor import Actor
from actors.kinds import ActorKind
from federation.documents.role import hosts_in
from inbox.batch import Batch
from inbox.outcomes import Needs


def speaks_for(batch: Batch, issue: Actor, author: Actor) -> bool | Needs:
    """Whether an actor is an issue, or hosts it; or what to ask before that can be said."""
    known = batch.known
    if author.id in {issue.id, known.hosts.get(issue.id)} or author.id in known.co_hosts.get(issue.id, ()):
        return True
    if issue.is_local or author.kind is not ActorKind.ORGANISATION:
        return False
    if issue.uri not in batch.fetched:
        return Needs(objects=(issue.uri,))
    got = batch.obtained(issue.uri)
    if isinstance(got, Needs):
        return got
    return isinstance(got, dict) and got.get("id") == issue.uri and author.uri in hosts_in(got)
