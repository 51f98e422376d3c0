"""The instance itself: its address, and the only place that mints or recognises our own URIs.

One URL names a thing and is its page: servers ask it for ActivityStreams, people for HTML. What
people read is Dutch in the address too; what only servers use is English.
"""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from actors.kinds import ActorKind, PostKind
from federation.documents import check_iri
from federation.errors import DocumentError

_ACTOR_PATHS: Final = {
    ActorKind.PERSON: "personen",
    ActorKind.ORGANISATION: "organisaties",
    ActorKind.NETWORK: "netwerken",
    ActorKind.ISSUE: "vraagstukken",
}
_POST_PATHS: Final = {
    PostKind.CONTRIBUTION: "inbreng",
    PostKind.POLL: "peilingen",
    PostKind.KNOWLEDGE: "kennis",
    PostKind.OUTCOME: "terugkoppelingen",
    PostKind.MEETING: "bijeenkomsten",
    PostKind.ANSWER: "antwoorden",
}
APPLICATION_HANDLE: Final = "instantie"
"""The handle of the server's own application actor, as instances of Mastodon's kind expect one."""


@dataclass(frozen=True)
class Site:
    """An instance's address. ``base_url`` has a scheme and a host, perhaps a port, and no path."""

    base_url: str
    languages: tuple[str, ...] = ("nl", "en")
    domain: str = field(init=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(check_iri(self.base_url))
        except DocumentError:
            parts = None
        if parts is None or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"base URL must be http(s)://host[:port], not {self.base_url!r}")
        object.__setattr__(self, "base_url", f"{parts.scheme}://{parts.netloc.lower()}")
        object.__setattr__(self, "domain", parts.netloc.lower())

    # ---------------------------------------------------------------- actors
    @property
    def application_uri(self) -> str:
        """The server's own actor: signs fetches, follows linked instances."""
        return f"{self.base_url}/actor"

    @property
    def shared_inbox(self) -> str:
        """The one inbox for all actors here."""
        return f"{self.base_url}/inbox"

    def actor_uri(self, kind: ActorKind, handle: str) -> str:
        """Return the id (and page) of a local actor."""
        if kind is ActorKind.APPLICATION:
            return self.application_uri
        return f"{self.base_url}/{_ACTOR_PATHS[kind]}/{handle}"

    # --------------------------------------------------------------- objects
    def post_uri(self, kind: PostKind, post_id: int) -> str:
        """Return the id (and page) of a local post."""
        return f"{self.base_url}/{_POST_PATHS[kind]}/{post_id}"

    def agreement_uri(self, agreement_id: int) -> str:
        """Return the id (and page) of an agreement proposed here."""
        return f"{self.base_url}/afspraken/{agreement_id}"

    def role_uri(self, role_id: int) -> str:
        """Return the id (and page) of a role that was offered or asked for here."""
        return f"{self.base_url}/rollen/{role_id}"

    def activity_uri(self, activity_id: int) -> str:
        """Return the id of an activity of ours."""
        return f"{self.base_url}/activities/{activity_id}"

    def document_url(self, digest: str, file_name: str) -> str:
        """Return where a stored document is served: by content hash, under its own file name."""
        return f"{self.base_url}/documenten/{digest}/{file_name}"

    def preview_path(self, url: str, wide: int) -> str | None:
        """Return the path of a smaller version of a picture, by its `document_url`; None for another's."""
        path = self.path_of(url)
        parts = path.split("/") if path is not None else []
        return f"/documenten/{parts[2]}/{wide}/{parts[3]}" if len(parts) == 4 and parts[1] == "documenten" else None

    # ----------------------------------------------------------- recognition
    def is_local(self, uri: str) -> bool:
        """Whether a URI is ours to answer for."""
        return uri == self.base_url or uri.startswith(self.base_url + "/")

    def path_of(self, uri: str) -> str | None:
        """Return the path of a URI of ours, or None when it is another's."""
        return uri[len(self.base_url) :] or "/" if self.is_local(uri) else None


ACTOR_PATHS: Final = {path: kind for kind, path in _ACTOR_PATHS.items()}
POST_PATHS: Final = {path: kind for kind, path in _POST_PATHS.items()}
