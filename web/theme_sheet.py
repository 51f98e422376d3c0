"""The stylesheet of the theme, answered under the name that holds its hash."""

from aiohttp import web

from actors.instances.choices import read_choice
from web.keys import DATABASE
from web.theme import SUBJECT, digest_of, stylesheet, theme_from, theme_path
from web.visitor import visitor_of


async def theme_sheet(request: web.Request) -> web.Response:
    """Answer with the theme's stylesheet; a former one leads to that of today."""
    wanted = request.match_info["digest"]
    theme = visitor_of(request).house.theme
    if theme is None or digest_of(theme) != wanted:
        # Another process may have heard of a new theme before this one.
        async with request.app[DATABASE].reading() as session:
            theme = theme_from(await read_choice(session, SUBJECT))
    if theme is None:
        raise web.HTTPNotFound
    if digest_of(theme) != wanted:
        return web.Response(status=302, headers={"Location": theme_path(theme), "Cache-Control": "no-store"})
    return web.Response(
        body=stylesheet(theme),
        headers={
            "Content-Type": "text/css",
            "Cache-Control": "public, max-age=31536000, immutable",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
