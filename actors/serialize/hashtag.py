"""A theme as a hashtag, which other software can follow and search."""

from actors.site import Site
from federation.documents import JsonObject


def write_hashtag(site: Site, theme: str) -> JsonObject:
    """Return the tag of a theme: ``young-people`` is ``#youngpeople``."""
    return {
        "type": "Hashtag",
        "name": f"#{theme.replace('-', '')}",
        "href": f"{site.base_url}/vraagstukken?theme={theme}",
    }
