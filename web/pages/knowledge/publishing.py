"""Publishing a knowledge product: the form with its documents, and what comes of it.

Documents are stored before the transaction, each under the hash of its content: one that is stored
and then not used is only a file.
"""

from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.web_request import FileField
from markupsafe import Markup
from multidict import MultiDictProxy

from actors.actor import Actor
from actors.database import now
from actors.instances.queries import copies_for, linked_names
from actors.issues.queries import issues_by_id, issues_to_choose
from actors.kinds import KnowledgeKind
from actors.media.attaching import Described
from actors.media.pictures import ACCEPTED as PICTURES_ACCEPTED
from actors.media.pictures import PICTURE, PictureRefused
from actors.media.store import LARGEST_DOCUMENT, DocumentRefused, safe_file_name
from actors.people.acting import note_posted
from actors.posts.store import LONGEST_ARTICLE, LONGEST_SUMMARY, LONGEST_TITLE, PostRefused
from outbox.publish.knowledge import MOST_DOCUMENTS, KnowledgeDraft, publish_knowledge
from web.bodies import with_files
from web.keys import DATABASE, PICTURES, SITE
from web.language import Language
from web.pages.acting import ORGANISATION, OWN, chosen_name, name_choices, name_value, own_names
from web.pages.asked import id_in, line_in, person_of, see_other, text_in, word_in
from web.pages.cards import cards_for
from web.pages.paths import post_path, with_notice
from web.pages.pictures import read_file, read_pictures, refusal, too_much, typed_fields
from web.pages.posting import look_up_accounts
from web.pages.preview import ARTICLE, previewed, wants_preview
from web.pages.views import Who
from web.pages.words import KNOWLEDGE_KINDS, LANGUAGE_NAMES, LICENCES, THEMES
from web.render import language_of, render

ACCEPTED = f".pdf,.odt,.ods,.odp,.docx,.xlsx,.pptx,.epub,.md,.txt,.csv,{PICTURES_ACCEPTED}"
COVER = ("cover",)
"""The name of the picture on the cover, in a form."""
_SHOWN_AT_ONCE = 3
_TOGETHER_MB = 60
"""What the form promises of all documents together: a little under what the server takes in one request."""


@dataclass
class Typed:
    """What was typed in the form, as text; files do not come back."""

    title: str = ""
    kind: str = ""
    summary: str = ""
    source: str = ""
    licence: str = next(iter(LICENCES))
    language: str = "nl"
    themes: list[str] = field(default_factory=list)
    issues: list[int] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)


async def form(request: web.Request) -> web.Response:
    """Answer with the form to publish a knowledge product."""
    person_of(request)
    about = id_in(request.query.get("vraagstuk"))
    typed = Typed(language=language_of(request).code, issues=[about] if about is not None else [])
    return await _form(request, typed, {})


@with_files
async def publish(request: web.Request) -> web.Response:
    """Publish a knowledge product, or answer with the form and what is wrong in it."""
    me = person_of(request).actor
    language = language_of(request)
    given = await request.post()
    typed = read_typed(given)
    if wants_preview(given):
        async with request.app[DATABASE].reading() as session:
            return await _form(request, typed, {}, preview=await previewed(session, typed.source, ARTICLE))
    errors = faults(typed, language)
    documents: list[Described] = []
    covers: list[Described] = []
    if not errors:
        documents, errors = await store_documents(request, given, language)
    if not errors:
        covers, errors = await read_pictures(request, COVER, PICTURE)
    kind = word_in(KnowledgeKind, typed.kind)
    if errors or kind is None:
        return await _form(request, typed, errors)
    await look_up_accounts(request, typed.source)
    try:
        async with request.app[DATABASE].writing() as session:
            draft = KnowledgeDraft(
                title=typed.title,
                kind=kind,
                summary=typed.summary,
                source=typed.source,
                licence=typed.licence,
                language=typed.language,
                themes=typed.themes,
                issues=await issues_by_id(session, typed.issues),
                documents=documents,
                cover=covers[0] if covers else None,
            )
            author = await session.get_one(Actor, chosen_name(request, given).id)
            post = await publish_knowledge(session, request.app[SITE], author, draft, now=now())
            note_posted(session, me.id, author, "knowledge-published", post_id=post.id, uri=post.uri, now=now())
    except PostRefused as error:
        return await _form(request, typed, refused(error, language))
    return see_other(with_notice(post_path(post), "kennis"))


_FIELDS = frozenset({"title", "kind", "summary", "source", "licence", "documents"})


def refused(error: PostRefused, language: Language) -> dict[str, str]:
    """Return what is told of a knowledge product that cannot be stored, by field."""
    field_name = "source" if error.field == "text" else error.field
    told = language.gettext("We cannot store this as it is. Look at it again.")
    return {field_name if field_name in _FIELDS else "title": told}


def read_typed(form: MultiDictProxy[str | bytes | bytearray | FileField]) -> Typed:
    """Return what was typed."""
    ids = [id_in(value) for value in form.getall("issues", []) if isinstance(value, str)]
    licence, language = text_in(form, "licence"), text_in(form, "language")
    return Typed(
        title=line_in(form, "title"),
        kind=text_in(form, "kind"),
        summary=text_in(form, "summary"),
        source=text_in(form, "source"),
        licence=licence if licence in LICENCES else "",
        language=language if language in LANGUAGE_NAMES else "nl",
        themes=[theme for theme in THEMES if theme in form.getall("themes", [])],
        issues=[found for found in ids[:20] if found is not None],
        descriptions=[line_in(form, f"description-{place}") for place in range(1, MOST_DOCUMENTS + 1)],
    )


def faults(typed: Typed, language: Language) -> dict[str, str]:
    """Return what is wrong in it, by field."""
    errors: dict[str, str] = {}
    empty = {
        "title": language.gettext("Give the knowledge product a title."),
        "summary": language.gettext("Write a short summary: people see it in lists."),
        "source": language.gettext("Write the text, or tell what is in the documents."),
    }
    for name, longest in (("title", LONGEST_TITLE), ("summary", LONGEST_SUMMARY), ("source", LONGEST_ARTICLE)):
        text = str(getattr(typed, name))
        if not text:
            errors[name] = empty[name]
        elif len(text) > longest:
            errors[name] = language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
                "length": language.number(len(text)), "longest": language.number(longest)
            }  # fmt: skip
    if word_in(KnowledgeKind, typed.kind) is None:
        errors["kind"] = language.gettext("Choose what kind of knowledge product it is.")
    return errors


def _has_files(form: MultiDictProxy[str | bytes | bytearray | FileField]) -> bool:
    return any(isinstance(value, FileField) and value.filename for value in form.values())


async def store_documents(
    request: web.Request, form: MultiDictProxy[str | bytes | bytearray | FileField], language: Language
) -> tuple[list[Described], dict[str, str]]:
    """Store the documents of a form and return each with what is in it, or what is wrong, by field name."""
    stored: list[Described] = []
    for place in range(1, MOST_DOCUMENTS + 1):
        given = form.get(f"document-{place}")
        if not isinstance(given, FileField) or not given.filename:
            continue
        content = await read_file(request, given, LARGEST_DOCUMENT)
        if content is None:
            return [], {"documents": too_much(language)}
        try:
            document = await request.app[PICTURES].put_file(content, given.filename)
        except PictureRefused as refused:
            return [], {"documents": refusal(language, refused.reason, given.filename)}
        except DocumentRefused:
            told = language.gettext(
                "We cannot take “%(name)s”. It is empty, larger than %(size)s MB, or of a kind that is not on the list."
            ) % {"name": safe_file_name(given.filename)[:80], "size": LARGEST_DOCUMENT // 1_048_576}
            return [], {"documents": told}
        stored.append((document, line_in(form, f"description-{place}") or document.file_name))
    return stored, {}


def fields(
    typed: Typed,
    given: MultiDictProxy[str | bytes | bytearray | FileField],
    language: Language,
    errors: dict[str, str],
) -> dict[str, object]:
    """Return what the template of a form prints for the fields of every knowledge product."""
    return {
        "typed": typed,
        "had_files": _has_files(given),
        "cover": typed_fields(given, COVER, errors),
        "longest": {"title": LONGEST_TITLE, "summary": LONGEST_SUMMARY, "source": LONGEST_ARTICLE},
        "kinds": [(kind.value, language.word(word)) for kind, word in KNOWLEDGE_KINDS.items()],
        "themes": [(theme, language.word(word)) for theme, word in THEMES.items()],
        "places": [
            (place, typed.descriptions[place - 1] if place <= len(typed.descriptions) else "")
            for place in range(1, MOST_DOCUMENTS + 1)
        ],
        "shown_at_once": _SHOWN_AT_ONCE,
        "accepted": ACCEPTED,
        "largest": LARGEST_DOCUMENT // 1_048_576,
        "together": _TOGETHER_MB,
    }


def _usual_name(request: web.Request) -> str:
    """Return what stands chosen at first: whoever speaks for the organisation mostly publishes for it."""
    return ORGANISATION if len(own_names(request)) > 1 else OWN


async def _form(
    request: web.Request, typed: Typed, errors: dict[str, str], *, preview: Markup | None = None
) -> web.Response:
    language, me = language_of(request), person_of(request).actor
    given = await request.post()
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        issues = await issues_to_choose(session)
        copies = await copies_for(session, [actor.id for actor in own_names(request)], linked=linked)
    cards = cards_for(request, linked)
    passed_on = language.gettext("The issue that you choose passes it on to those who follow it.")
    why = language.gettext("Those are the servers of people who follow you.")
    return render(
        request,
        "new_knowledge.html",
        status=422 if errors else 200,
        errors=errors,
        preview=preview,
        **fields(typed, given, language, errors),
        licences=[(licence, language.gettext(name)) for licence, name in LICENCES.items()],
        spoken=[(code, language.gettext(name)) for code, name in LANGUAGE_NAMES.items()],
        issues=[(issue.id, _named(cards.who(issue))) for issue in issues],
        as_name=me.name or me.handle,
        names=name_choices(request, language),
        name_of=name_value(chosen_name(request, given), request) if given else _usual_name(request),
        copies=f"{cards.tell_copies(copies, why)} {passed_on}" if copies.servers else passed_on,
    )


def _named(issue: Who) -> str:
    return f"{issue.name} ({issue.instance})" if issue.instance else issue.name
