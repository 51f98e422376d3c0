"""How a document is answered: its media type, and who may share the answer."""

from aiohttp import web

from federation.documents import JsonObject, dump
from federation.vocabulary import ACTIVITY_JSON
from web.cache import SHARED


def document(content: JsonObject | bytes, *, shared: bool = True, status: int = 200) -> web.Response:
    """Return an ActivityStreams answer; ``shared`` only for what everyone may see."""
    body = content if isinstance(content, bytes) else dump(content)
    response = web.Response(
        body=body,
        status=status,
        headers={
            "Content-Type": f"{ACTIVITY_JSON}; charset=utf-8",
            "Vary": "Accept",
            "Cache-Control": "public, no-cache" if shared else "private, no-store",
        },
    )
    response[SHARED] = shared
    return response
