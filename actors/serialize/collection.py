"""Collections: a head that counts, and pages that link to the next by the id after which it starts."""

from collections.abc import Sequence

from federation.documents import JsonObject
from federation.vocabulary import CONTEXT

PAGE_SIZE = 40


def write_collection(uri: str, total: int, *, paged: bool = True) -> JsonObject:
    """Return an OrderedCollection; ``paged`` False for one that tells its size and nothing more."""
    document: JsonObject = {"@context": CONTEXT, "id": uri, "type": "OrderedCollection", "totalItems": total}
    if paged:
        document["first"] = f"{uri}?page=1"
    return document


def write_page(uri: str, items: Sequence[str | JsonObject], *, after: int | None, next_after: int | None) -> JsonObject:
    """Return one page of it: the items after the id ``after``, and where the next page starts, if there is one."""
    here = f"{uri}?page=1" if after is None else f"{uri}?page=1&after={after}"
    document: JsonObject = {
        "@context": CONTEXT,
        "id": here,
        "type": "OrderedCollectionPage",
        "partOf": uri,
        "orderedItems": list(items),
    }
    if next_after is not None:
        document["next"] = f"{uri}?page=1&after={next_after}"
    return document
