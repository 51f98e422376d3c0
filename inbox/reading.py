"""What the documents of a batch say, read once.

Parsing and cleaning are what an arrival costs the processor, and none of it needs the database: it
is done before the transaction opens where that is possible, and remembered for as long as the
batch lasts.
"""

from html import escape

from actors.sanitize import clean_remote
from federation.documents import Activity, JsonObject, PostDocument, parse, types_of
from federation.errors import FederationError
from federation.vocabulary import ACTIVITY_TYPES, OBJECT_TYPES


class Reading:
    """Reads and remembers the documents of one batch."""

    def __init__(self) -> None:
        self._activities: dict[int, Activity | FederationError] = {}
        # By the identity of the JSON object, which is kept beside what was read of it, so that no
        # other object can take its place.
        self._posts: dict[int, tuple[JsonObject, PostDocument | FederationError]] = {}
        self._contents: dict[int, str] = {}

    def activity(self, arrival_id: int, body: bytes) -> Activity:
        """Return the activity that arrived. Raises ``DocumentError`` or ``OriginError``."""
        read = self._activities.get(arrival_id)
        if read is None:
            try:
                read = Activity.read(parse(body))
            except FederationError as error:
                read = error
            self._activities[arrival_id] = read
        if isinstance(read, FederationError):
            raise read
        return read

    def prepare(self, arrival_id: int, body: bytes) -> None:
        """Read an arrival and what it embeds, keeping what is wrong with it for whoever asks."""
        try:
            activity = self.activity(arrival_id, body)
            for _ in range(2):  # an announcement may wrap an activity, and nothing deeper counts
                if activity.object is None:
                    return
                if is_post(activity.object):
                    self.content(self.post(activity.object))
                    return
                if not is_activity(activity.object):
                    return
                activity = Activity.read(activity.object)
        except Exception:  # noqa: BLE001 - whatever it is shows again when it is handled, where it can be put aside
            return

    def post(self, document: JsonObject) -> PostDocument:
        """Return the post in a document. Raises ``DocumentError`` or ``OriginError``."""
        kept = self._posts.get(id(document))
        if kept is None:
            read: PostDocument | FederationError
            try:
                read = PostDocument.read(document)
            except FederationError as error:
                read = error
            kept = self._posts[id(document)] = (document, read)
        if isinstance(kept[1], FederationError):
            raise kept[1]
        return kept[1]

    def content(self, post: PostDocument) -> str:
        """Return a post's content as clean HTML."""
        cleaned = self._contents.get(id(post.raw))
        if cleaned is None:
            if post.media_type == "text/html":
                cleaned = clean_remote(post.content)
            else:
                cleaned = f"<p>{escape(post.content).replace(chr(10), '<br>')}</p>"
            self._contents[id(post.raw)] = cleaned
        return cleaned


def is_post(document: JsonObject) -> bool:
    """Whether a document is of a type that is a post to us."""
    return not OBJECT_TYPES.isdisjoint(types_of(document))


def is_activity(document: JsonObject) -> bool:
    """Whether a document is an activity."""
    return not ACTIVITY_TYPES.isdisjoint(types_of(document))
