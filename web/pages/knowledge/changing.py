"""Changing a knowledge product: what it says, its cover and its documents, each kept or replaced."""

from dataclasses import dataclass, field, replace

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import now
from actors.kinds import KnowledgeKind, PostKind
from actors.media.attaching import Described
from actors.media.pictures import PICTURE
from actors.media.tables import Attachment
from actors.posts.detail import PostDetail, details
from actors.posts.store import PostRefused
from actors.versions import EditedMeanwhile
from actors.visibility import is_open
from outbox.publish.knowledge import KnowledgeChange, edit_knowledge, version_of_product
from web.bodies import with_files
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import id_in, path_id, person_of, see_other, text_in, word_in
from web.pages.editing import Difference, differences, languages_to_choose, note_changed, post_to_change, told_at
from web.pages.knowledge.publishing import COVER, Typed, faults, fields, read_typed, refused, store_documents
from web.pages.paths import post_path, with_notice
from web.pages.pictures import read_pictures
from web.pages.posting import look_up_accounts
from web.pages.preview import ARTICLE, previewed, wants_preview
from web.pages.words import KNOWLEDGE_KINDS, LANGUAGE_NAMES, READERS, theme_word
from web.render import language_of, render


@dataclass(frozen=True, slots=True)
class Changing:
    """What stands in the form, which attachments stay, and on which version it is based."""

    typed: Typed
    kept: set[int]
    seen: set[int]
    """The attachments that the form showed: one that came meanwhile stays, unless it is seen and let go."""
    based_on: str
    both: list[Difference] = field(default_factory=list)
    preview: Markup | None = None


async def change_form(request: web.Request) -> web.Response:
    """Answer with the form to change a knowledge product."""
    async with request.app[DATABASE].reading() as session:
        detail = await _product_to_change(request, session)
    attached = {attachment.id for attachment in detail.attachments}
    return await _form(request, detail, Changing(_as_it_is(detail), attached, attached, version_of_product(detail)))


@with_files
async def change(request: web.Request) -> web.Response:
    """Change a knowledge product, or answer with the form and what is wrong in it."""
    person_of(request, back=f"/kennis/{path_id(request)}/wijzigen")
    language, given = language_of(request), await request.post()
    changing = Changing(
        read_typed(given),
        {found for value in given.getall("kept", []) if isinstance(value, str) and (found := id_in(value)) is not None},
        {found for value in given.getall("seen", []) if isinstance(value, str) and (found := id_in(value)) is not None},
        text_in(given, "based_on"),
    )
    typed = changing.typed
    async with request.app[DATABASE].reading() as session:
        detail = await _product_to_change(request, session)
        if text_in(given, "language") not in LANGUAGE_NAMES:
            typed.language = detail.post.language or "nl"
        if wants_preview(given):
            changing = replace(changing, preview=await previewed(session, typed.source, ARTICLE))
    if changing.preview is not None:
        return await _form(request, detail, changing)
    errors = faults(typed, language)
    documents: list[Described] = []
    covers: list[Described] = []
    if not errors:
        documents, errors = await store_documents(request, given, language)
    if not errors:
        covers, errors = await read_pictures(request, COVER, PICTURE)
    kind = word_in(KnowledgeKind, typed.kind)
    if errors or kind is None:
        return await _form(request, detail, changing, errors)
    await look_up_accounts(request, typed.source)
    product = KnowledgeChange(
        title=typed.title,
        kind=kind,
        summary=typed.summary,
        source=typed.source,
        language=typed.language,
        themes=typed.themes,
        kept=changing.kept,
        documents=documents,
        cover=covers[0] if covers else None,
    )
    try:
        return await _store(request, product, changing.based_on)
    except EditedMeanwhile:
        return await _with_both(request, changing)
    except PostRefused as error:
        async with request.app[DATABASE].reading() as session:
            detail = await _product_to_change(request, session)
        return await _form(request, detail, changing, refused(error, language))


async def _store(request: web.Request, product: KnowledgeChange, based_on: str) -> web.Response:
    me = person_of(request)
    async with request.app[DATABASE].writing() as session:
        post, author = await post_to_change(request, session, me)
        if await edit_knowledge(session, request.app[SITE], author, post, product, based_on=based_on, now=now()):
            note_changed(session, me, author, post)
        return see_other(with_notice(post_path(post), "gewijzigd"))


async def _product_to_change(request: web.Request, session: AsyncSession) -> PostDetail:
    """Return the knowledge product that the path names. Raises 404, and 410 for one that was withdrawn."""
    post, _ = await post_to_change(request, session, person_of(request))
    if post.kind is not PostKind.KNOWLEDGE:
        raise web.HTTPNotFound
    return (await details(session, [post]))[0]


def _as_it_is(detail: PostDetail) -> Typed:
    post = detail.post
    return Typed(
        title=post.name,
        kind=detail.product.kind.value if detail.product is not None else "",
        summary=post.summary,
        source=post.source or "",
        language=post.language or "",
        themes=list(detail.themes),
    )


async def _with_both(request: web.Request, changing: Changing) -> web.Response:
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        detail = await _product_to_change(request, session)
    attached = {attachment.id for attachment in detail.attachments}
    changing = replace(
        changing,
        kept=(changing.kept & attached) | (attached - changing.seen),
        seen=attached,
        based_on=version_of_product(detail),
        both=differences(_beside(_as_it_is(detail), changing.typed, language)),
    )
    return await _form(request, detail, changing, told_at(changing.both, language, otherwise="source"))


def _beside(theirs: Typed, mine: Typed, language: Language) -> list[Difference]:
    kinds = {kind.value: language.word(word) for kind, word in KNOWLEDGE_KINDS.items()}

    def themes(of: Typed) -> str:
        return ", ".join(theme_word(language, theme) for theme in sorted(of.themes))

    def spoken(of: Typed) -> str:
        return dict(languages_to_choose(language, of.language)).get(of.language, "")

    return [
        Difference("title", language.gettext("Title"), theirs.title, mine.title),
        Difference("kind", language.gettext("Kind"), kinds.get(theirs.kind, ""), kinds.get(mine.kind, "")),
        Difference("summary", language.gettext("Summary"), theirs.summary, mine.summary),
        Difference("source", language.gettext("Text"), theirs.source, mine.source),
        Difference("themes", language.gettext("Themes"), themes(theirs), themes(mine)),
        Difference("language", language.gettext("Language of the text"), spoken(theirs), spoken(mine)),
    ]


async def _form(
    request: web.Request, detail: PostDetail, changing: Changing, errors: dict[str, str] | None = None
) -> web.Response:
    language, post = language_of(request), detail.post
    errors = errors or {}
    return render(
        request,
        "edit_knowledge.html",
        status=422 if errors else 200,
        errors=errors,
        based_on=changing.based_on,
        both=changing.both,
        preview=changing.preview,
        page=post_path(post),
        title=post.name,
        attached=[(attachment.id, _named(attachment, language)) for attachment in detail.attachments],
        kept=changing.kept,
        seen=sorted(changing.seen),
        spoken=languages_to_choose(language, post.language),
        readers=language.gettext(READERS[post.visibility]),
        is_open=is_open(post.visibility),
        organisation=detail.author.name if detail.author.id != person_of(request).actor.id else "",
        **fields(changing.typed, await request.post(), language, errors),
    )


def _named(attachment: Attachment, language: Language) -> str:
    if attachment.is_cover:
        return language.gettext("The picture on the cover")
    return attachment.name or attachment.file_name or language.gettext("document")
