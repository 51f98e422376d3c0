"""The picture of the person who is signed in: seen, changed and taken away."""

from typing import Final

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.media.pictures import AVATAR
from actors.media.tables import ActorPicture
from outbox.publish.pictures import change_picture, remove_picture
from web.bodies import with_files
from web.keys import DATABASE, SITE
from web.pages.asked import browser_of, notice_of, see_other
from web.pages.paths import with_notice
from web.pages.pictures import PictureFields, PictureRow, read_pictures, typed_fields
from web.render import language_of, render

PATH: Final = "/mijn/foto"
_NAMES: Final = ("me",)


async def form(request: web.Request) -> web.Response:
    """Answer with the picture of who is signed in, and a form to choose another."""
    return await _form(request)


@with_files
async def save(request: web.Request) -> web.Response:
    """Take another picture of who is signed in."""
    me, language = browser_of(request)[0].actor, language_of(request)
    given, errors = await read_pictures(request, _NAMES, AVATAR, needs_words=False)
    if not given:
        errors = errors or {"picture-me": language.gettext("Choose a picture first.")}
        return await _form(request, typed_fields(await request.post(), _NAMES, errors))
    async with request.app[DATABASE].writing() as session:
        person = await session.get_one(Actor, me.id)
        await change_picture(session, request.app[SITE], person, given[0], now=now())
    return see_other(with_notice(PATH, "foto"))


async def remove(request: web.Request) -> web.Response:
    """Take the picture of who is signed in away."""
    me = browser_of(request, back=PATH)[0].actor
    async with request.app[DATABASE].writing() as session:
        await remove_picture(session, request.app[SITE], await session.get_one(Actor, me.id), now=now())
    return see_other(with_notice(PATH, "foto-weg"))


async def _form(request: web.Request, fields: PictureFields | None = None) -> web.Response:
    me = browser_of(request)[0].actor
    async with request.app[DATABASE].reading() as session:
        picture = await session.get(ActorPicture, me.id) if me.icon_url is not None else None
    name = picture.name if picture is not None else ""
    return render(
        request,
        "account/photo.html",
        status=422 if fields is not None else 200,
        errors=fields.errors if fields is not None else {},
        notice=notice_of(request, language_of(request)),
        fields=fields or PictureFields([PictureRow("me", name)]),
        picture=picture,
        address=request.app[SITE].path_of(me.icon_url) if me.icon_url is not None else None,
    )
