"""Taking part: what somebody types in a form becomes a contribution, or is withdrawn again.

Accounts of other servers that a text names are looked up before the transaction begins: it may not
wait for a server that is slow.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.media.pictures import PICTURE
from actors.people.acting import note_posted
from actors.posts.queries import visible_post
from actors.posts.store import LONGEST_CONTRIBUTION, Draft, PostRefused
from actors.posts.tables import Post
from actors.sanitize import accounts_in
from actors.visibility import Viewer
from federation.audience import Visibility
from federation.errors import FederationError
from outbox.publish.contributions import publish_contribution
from web.keys import DATABASE, RESOLVER, SITE
from web.language import Language
from web.pages.acting import chosen_name, name_value
from web.pages.asked import id_in, person_of, text_in
from web.pages.pictures import read_pictures, typed_fields
from web.pages.preview import CONTRIBUTION, previewed, wants_preview
from web.pages.saying import PICTURE_NAMES, Saying, perspectives_to_choose
from web.pages.words import LANGUAGE_NAMES
from web.render import language_of
from web.visitor import visitor_of

_LOOKING_UP_SECONDS = 8.0


async def read_saying(request: web.Request, *, answers: int | None = None) -> Saying:
    """Return what was typed in the form to take part."""
    form = await request.post()
    language = text_in(form, "language")
    return Saying(
        text_in(form, "text"),
        language if language in LANGUAGE_NAMES else visitor_of(request).language,
        answers if answers is not None else id_in(text_in(form, "antwoord_op")),
        name_of=name_value(chosen_name(request, form), request),
        perspective=text_in(form, "perspective"),
    )


async def publish_saying(request: web.Request, saying: Saying, space: Actor | None) -> Post | Saying:
    """Return the post, or what was typed with what is wrong with it."""
    language, me = language_of(request), person_of(request).actor
    if wants_preview(await request.post()):
        return await _to_look_at(request, saying)
    fault = text_fault(saying.text, language)
    pictures, faults = ([], {}) if fault else await read_pictures(request, PICTURE_NAMES, PICTURE)
    saying = replace(saying, error=fault, pictures=typed_fields(await request.post(), PICTURE_NAMES, faults))
    if fault or faults:
        return saying
    await look_up_accounts(request, saying.text)
    try:
        async with request.app[DATABASE].writing() as session:
            answered = await _answered(session, me, saying, space)
            if saying.answers is not None and answered is None:
                gone = language.gettext("What you answer is withdrawn. You can still post this as a new contribution.")
                return replace(saying, answers=None, error=gone)
            offered = await perspectives_to_choose(session, space, answered) if saying.perspective else []
            draft = Draft(
                saying.text,
                language=saying.language,
                perspective=saying.perspective if saying.perspective in offered else None,
                visibility=answered.visibility if answered is not None else Visibility.PUBLIC,
                space=await session.get_one(Actor, space.id) if space is not None else None,
                reply_to=answered,
                documents=pictures,
            )
            author = await session.get_one(Actor, chosen_name(request, await request.post()).id)
            post = await publish_contribution(session, request.app[SITE], author, draft, now=now())
            note_posted(session, me.id, author, "post-published", post_id=post.id, uri=post.uri, now=now())
            return post
    except PostRefused:
        return replace(saying, error=language.gettext("We cannot store this text. Is it complete?"))


async def _to_look_at(request: web.Request, saying: Saying) -> Saying:
    fields = typed_fields(await request.post(), PICTURE_NAMES, {})
    async with request.app[DATABASE].reading() as session:
        return replace(saying, pictures=fields, preview=await previewed(session, saying.text, CONTRIBUTION))


def status_of(saying: Saying) -> int:
    """Return how a form that comes back is answered: it was refused, or only to be looked at."""
    return 422 if saying.preview is None else 200


async def _answered(session: AsyncSession, me: Actor, saying: Saying, space: Actor | None) -> Post | None:
    if saying.answers is None:
        return None
    post = await visible_post(session, Viewer(me.id), saying.answers)
    in_place = post is not None and (space is None or post.space_id == space.id)
    return post if in_place else None


async def look_up_accounts(request: web.Request, text: str) -> None:
    """Learn of the accounts of other servers that a text names; those that cannot be found stay plain text."""
    here = f"@{request.app[SITE].domain}"
    accounts = [account for account in accounts_in(text) if not account.endswith(here)]
    if accounts:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOKING_UP_SECONDS):
                await asyncio.gather(*(_look_up(request, account) for account in accounts))


async def _look_up(request: web.Request, account: str) -> None:
    with suppress(FederationError, ValueError):
        await request.app[RESOLVER].account(account)


def text_fault(text: str, language: Language) -> str:
    """Return what is wrong with the text of a contribution; empty when nothing is."""
    if not text:
        return language.gettext("Write something first.")
    if len(text) > LONGEST_CONTRIBUTION:
        return language.gettext(
            "Your text has %(length)s characters. That is more than the %(longest)s that fit."
        ) % {"length": language.number(len(text)), "longest": language.number(LONGEST_CONTRIBUTION)}  # fmt: skip
    return ""
