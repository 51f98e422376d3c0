"""GET of an agreement of ours, of one of its versions, and of what happened to it, as ActivityStreams."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.agreements.kinds import TOLD_OF
from actors.agreements.queries import AgreementDetail, agreement_detail
from actors.serialize.agreement import status_uri, write_change
from actors.serialize.collection import write_collection
from web.activitypub.answers import document
from web.activitypub.documents import number
from web.keys import DATABASE


async def agreement(request: web.Request) -> web.Response:
    """Answer with the newest version: the bytes that were signed, with the proofs of all who did."""
    async with request.app[DATABASE].reading() as session:
        detail = await _agreement(request, session)
    return document(detail.newest.signed_document)


async def version(request: web.Request) -> web.Response:
    """Answer with one version."""
    wanted = number(request.match_info["version"])
    async with request.app[DATABASE].reading() as session:
        detail = await _agreement(request, session)
    found = next((one for one in detail.versions if one.version.version == wanted), None)
    if found is None:
        raise web.HTTPNotFound
    return document(found.signed_document)


async def status(request: web.Request) -> web.Response:
    """Answer with what happened to it that no version or proof tells, the oldest first."""
    async with request.app[DATABASE].reading() as session:
        detail = await _agreement(request, session)
    items = [write_change(change, actor.uri) for change, actor in detail.changes if change.what in TOLD_OF]
    head = write_collection(status_uri(detail.agreement.uri), len(items), paged=False)
    return document({**head, "orderedItems": items})


async def _agreement(request: web.Request, session: AsyncSession) -> AgreementDetail:
    detail = await agreement_detail(session, number(request.match_info["id"]))
    if detail is None or not detail.agreement.is_local:
        raise web.HTTPNotFound
    return detail
