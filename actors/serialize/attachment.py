"""A document or picture as ActivityStreams; of a picture, its ``name`` is the text that stands in for it."""

from actors.media.tables import ActorPicture, Attachment
from federation.documents import JsonObject


def write_attachment(item: Attachment) -> JsonObject:
    """Return what goes with a post. A picture that is there for its looks only has no name."""
    if not item.media_type.startswith("image/"):
        return {"type": "Document", "mediaType": item.media_type, "url": item.url, "name": item.name or item.file_name}
    return _image(item.url, item)


def write_icon(url: str, picture: ActorPicture) -> JsonObject:
    """Return the picture of an actor, served at ``url``."""
    return _image(url, picture)


def _image(url: str, picture: ActorPicture | Attachment) -> JsonObject:
    document: JsonObject = {"type": "Image", "mediaType": picture.media_type, "url": url}
    if picture.name:
        document["name"] = picture.name
    if picture.width is not None and picture.height is not None:
        document |= {"width": picture.width, "height": picture.height}
    return document
