"""Pictures as pages show them: ours, in sizes that fit; what lies on other servers is a link and never loaded."""

from actors.actor import Actor
from actors.kinds import ActorKind
from actors.media.pictures import PREVIEWS, SMALL
from actors.media.tables import Attachment
from actors.site import Site
from web.pages.views import PictureView


def is_picture_here(attachment: Attachment) -> bool:
    """Whether this is a picture that lies on this instance."""
    return (
        attachment.digest is not None
        and attachment.media_type.startswith("image/")
        and attachment.width is not None
        and attachment.height is not None
    )


def picture_view(site: Site, attachment: Attachment) -> PictureView:
    """Return a picture that `is_picture_here`, as an ``img`` in a conversation or on a card shows it."""
    full = site.path_of(attachment.url) or ""
    width, height = attachment.width or 0, attachment.height or 0
    sizes = [
        (path, wide)
        for wide in PREVIEWS
        if wide < width and (path := site.preview_path(attachment.url, wide)) is not None
    ]
    sizes.append((full, width))
    shown = sizes[-2][0] if len(sizes) > 2 else full
    srcset = ", ".join(f"{path} {wide}w" for path, wide in sizes) if len(sizes) > 1 else ""
    return PictureView(shown, attachment.name, width, height, srcset, full)


def avatar_path(site: Site, actor: Actor) -> str | None:
    """Return the small picture of an actor of ours, if it has one."""
    if not actor.is_local or actor.icon_url is None:
        return None
    if actor.kind is ActorKind.ORGANISATION:
        return site.path_of(actor.icon_url)
    return site.preview_path(actor.icon_url, SMALL)
