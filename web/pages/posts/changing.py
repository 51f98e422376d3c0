"""Changing what one said oneself, or for the organisation."""

from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup

from actors.database import now
from actors.issues.queries import issue_opened_by
from actors.kinds import PostKind
from actors.posts.detail import details
from actors.posts.store import LONGEST_CONTRIBUTION, PostRefused
from actors.versions import EditedMeanwhile
from actors.visibility import is_open
from outbox.publish.contributions import edit_contribution, version_of_contribution
from web.keys import DATABASE, SITE
from web.pages.asked import path_id, person_of, see_other, text_in
from web.pages.editing import Difference, differences, languages_to_choose, note_changed, post_to_change, told_at
from web.pages.paths import actor_path, post_path, with_notice
from web.pages.posting import look_up_accounts, text_fault
from web.pages.preview import CONTRIBUTION, previewed, wants_preview
from web.pages.words import LANGUAGE_NAMES, READERS
from web.render import language_of, render


@dataclass(frozen=True, slots=True)
class Changing:
    """What stands in the form, and on which version it is based."""

    text: str
    language: str
    based_on: str


async def change_form(request: web.Request) -> web.Response:
    """Answer with the form to change a contribution; of what is changed elsewhere, go there."""
    me = person_of(request)
    async with request.app[DATABASE].reading() as session:
        post, _ = await post_to_change(request, session, me)
        if post.kind is PostKind.KNOWLEDGE:
            return see_other(f"{post_path(post)}/wijzigen")
        if post.kind is not PostKind.CONTRIBUTION:
            raise web.HTTPNotFound
        # The opening says what the issue says, and changes with it.
        issue = await issue_opened_by(session, post)
    if issue is not None:
        return see_other(f"{actor_path(issue)}/wijzigen")
    return await _form(request, Changing(post.source or "", post.language or "", version_of_contribution(post)))


async def change(request: web.Request) -> web.Response:
    """Change a contribution, or answer with the form and what is wrong in it."""
    me = person_of(request, back=f"/inbreng/{path_id(request)}/wijzigen")
    language, given = language_of(request), await request.post()
    typed = Changing(text_in(given, "text"), text_in(given, "language"), text_in(given, "based_on"))
    async with request.app[DATABASE].reading() as session:
        post, _ = await post_to_change(request, session, me)
        if post.kind is not PostKind.CONTRIBUTION or await issue_opened_by(session, post) is not None:
            raise web.HTTPNotFound
        made = await previewed(session, typed.text, CONTRIBUTION) if wants_preview(given) else None
    if made is not None:
        return await _form(request, typed, preview=made)
    if fault := text_fault(typed.text, language):
        return await _form(request, typed, {"text": fault})
    await look_up_accounts(request, typed.text)
    try:
        async with request.app[DATABASE].writing() as session:
            post, author = await post_to_change(request, session, me)
            if await edit_contribution(
                session,
                request.app[SITE],
                author,
                post,
                source=typed.text,
                language=typed.language if typed.language in LANGUAGE_NAMES else None,
                based_on=typed.based_on,
                now=now(),
            ):
                note_changed(session, me, author, post)
    except EditedMeanwhile:
        return await _with_both(request, typed)
    except PostRefused:
        return await _form(request, typed, {"text": language.gettext("We cannot store this text. Is it complete?")})
    return see_other(with_notice(post_path(post), "gewijzigd"))


async def _with_both(request: web.Request, typed: Changing) -> web.Response:
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        post, _ = await post_to_change(request, session, person_of(request))
    spoken = dict(languages_to_choose(language, post.language))
    both = differences(
        [
            Difference("text", language.gettext("Your contribution"), post.source or "", typed.text),
            Difference(
                "language",
                language.gettext("Language of the text"),
                spoken.get(post.language or "", ""),
                spoken.get(typed.language, ""),
            ),
        ]
    )
    typed = Changing(typed.text, typed.language, version_of_contribution(post))
    return await _form(request, typed, told_at(both, language, otherwise="text"), both=both)


async def _form(
    request: web.Request,
    typed: Changing,
    errors: dict[str, str] | None = None,
    *,
    both: list[Difference] | None = None,
    preview: Markup | None = None,
) -> web.Response:
    language, me = language_of(request), person_of(request)
    async with request.app[DATABASE].reading() as session:
        post, author = await post_to_change(request, session, me)
        (detail,) = await details(session, [post])
    return render(
        request,
        "edit_post.html",
        status=422 if errors else 200,
        errors=errors or {},
        typed=typed,
        both=both or [],
        preview=preview,
        page=post_path(post),
        longest=LONGEST_CONTRIBUTION,
        spoken=languages_to_choose(language, post.language),
        has_pictures=bool(detail.attachments),
        readers=language.gettext(READERS[post.visibility]),
        is_open=is_open(post.visibility),
        organisation=author.name if author.id != me.actor.id else "",
    )
