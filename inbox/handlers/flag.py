"""Flag: another server reports somebody here, or what they said (ActivityStreams vocabulary; as Mastodon sends it).

Its object is a list of actors and posts. Each of our actors among them becomes the subject of a report, with those
of the posts that are its own; what we do not know, or is not ours, is left out. The sender is the server itself,
which names nobody: what it says is for moderators alone.
"""

from sqlalchemy import select

from actors.actor import Actor
from actors.among import among
from actors.moderation.kinds import Category
from actors.moderation.reports import LONGEST_COMMENT, MOST_POSTS, ReportRefused, file_report
from actors.posts.tables import Post
from federation.documents import Activity
from inbox.batch import Batch, KnownPost
from inbox.names import flagged_by
from inbox.outcomes import DONE, Ignored, Outcome

_MOST_SUBJECTS = 10


async def flag(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """File a report about each of our actors that the sender names, or whose posts it names."""
    subjects: dict[int, Actor] = {}
    posts: dict[int, list[KnownPost]] = {}
    for uri in flagged_by(activity):
        if (actor := batch.local_actor(uri)) is not None:
            subjects[actor.id] = actor
        elif (post := batch.known.posts.get(uri)) is not None and post.is_local and post.deleted_at is None:
            author = batch.known.actors_by_id.get(post.author_id)
            if author is not None and author.deleted_at is None and await batch.may_see(sender, post):
                subjects[author.id] = author
                posts.setdefault(author.id, []).append(post)
    if not subjects:
        return Ignored("reports nothing of ours")
    await batch.flush()
    try:
        for actor in list(subjects.values())[:_MOST_SUBJECTS]:
            ids = [post.id for post in posts.get(actor.id, [])][:MOST_POSTS]
            found = list(await batch.session.scalars(select(Post).where(among(batch.session, Post.id, ids))))
            await file_report(
                batch.session, sender, actor, found, category=Category.ELSEWHERE, comment=_comment(activity),
                now=batch.now,
            )  # fmt: skip
    except ReportRefused as error:
        return Ignored(f"not filed: {error}")
    return DONE


def _comment(activity: Activity) -> str:
    content = activity.raw.get("content")
    return content.strip()[:LONGEST_COMMENT] if type(content) is str else ""
