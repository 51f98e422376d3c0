"""Pictures in a form: each with words that stand in for it, or with the choice that it needs none.

Browsers do not keep a chosen file when a form comes back; what was typed beside it is kept, and the page
says that the file must be chosen once more.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from aiohttp import web
from aiohttp.web_request import FileField
from multidict import MultiDictProxy

from actors.media.attaching import LONGEST_DESCRIPTION, Described
from actors.media.pictures import (
    ACCEPTED,
    LARGEST_PICTURE,
    MOST_PIXELS,
    PictureRefused,
    Reason,
    Shape,
)
from actors.media.store import safe_file_name
from actors.sanitize import is_storable
from web.keys import LIMITS, PICTURES
from web.language import N_, Language
from web.limits import UPLOADED
from web.pages.asked import person_of, text_in
from web.render import language_of

_REFUSED: Final[Mapping[Reason, str]] = {
    Reason.EMPTY: N_("“%(name)s” is empty. Choose another picture."),
    Reason.BYTES: N_("“%(name)s” is larger than %(size)s MB. Choose a smaller picture."),
    Reason.KIND: N_("“%(name)s” is not a picture that we can show. Choose a PNG, JPEG, WebP, GIF or AVIF."),
    Reason.PIXELS: N_("“%(name)s” has more than %(pixels)s million pixels. Make it smaller first."),
    Reason.BROKEN: N_("We cannot open “%(name)s”. Choose another picture."),
    Reason.BUSY: N_("It is busy here now. Choose “%(name)s” again in a minute."),
}

_Form: TypeAlias = MultiDictProxy[str | bytes | bytearray | FileField]


@dataclass(frozen=True)
class PictureRow:
    """One picture in a form: the end of its field names, and what was typed beside it."""

    name: str
    description: str = ""
    is_decoration: bool = False


@dataclass(frozen=True)
class PictureFields:
    """What the template of these fields prints; ``errors`` by field name."""

    rows: Sequence[PictureRow]
    errors: Mapping[str, str] = field(default_factory=dict)
    had_files: bool = False
    accepted: str = ACCEPTED
    largest: int = LARGEST_PICTURE // 1_048_576
    longest: int = LONGEST_DESCRIPTION

    @property
    def is_open(self) -> bool:
        """Whether there is something in these fields to look at."""
        return self.had_files or bool(self.errors) or any(row.description or row.is_decoration for row in self.rows)


def empty_fields(names: Sequence[str]) -> PictureFields:
    """Return fields for pictures in which nothing was typed."""
    return PictureFields([PictureRow(name) for name in names])


def typed_fields(form: _Form, names: Sequence[str], errors: Mapping[str, str] | None = None) -> PictureFields:
    """Return the fields with what was typed in them."""
    rows = [
        PictureRow(name, text_in(form, f"alt-{name}")[:LONGEST_DESCRIPTION], text_in(form, f"decoration-{name}") != "")
        for name in names
    ]
    had_files = any(_file_in(form, f"picture-{name}") is not None for name in names)
    return PictureFields(rows, errors or {}, had_files)


async def read_pictures(
    request: web.Request, names: Sequence[str], shape: Shape, *, needs_words: bool = True
) -> tuple[list[Described], dict[str, str]]:
    """Store the pictures of a form and return them with their words, or what is wrong, by field name.

    ``needs_words``: every picture has a description, or is said to be decoration.
    """
    form, language = await request.post(), language_of(request)
    given = {name: found for name in names if (found := _file_in(form, f"picture-{name}")) is not None}
    errors: dict[str, str] = {}
    words: dict[str, str] = {}
    for name in given:
        words[name], fault = _words(form, name, language, needs_words=needs_words)
        if fault:
            errors[f"alt-{name}"] = fault
    if errors:
        return [], errors
    stored: list[Described] = []
    for name, file in given.items():
        content = await read_file(request, file, LARGEST_PICTURE)
        if content is None:
            return [], {f"picture-{name}": too_much(language)}
        try:
            stored.append((await request.app[PICTURES].put(content, file.filename, shape), words[name]))
        except PictureRefused as refused:
            return [], {f"picture-{name}": refusal(language, refused.reason, file.filename)}
    return stored, {}


async def read_file(request: web.Request, file: FileField, largest: int) -> bytes | None:
    """Return a file that was sent, to one byte past what fits; None when its sender has sent too much today."""
    key = f"files {person_of(request).actor.id}"
    if not request.app[LIMITS].allows(key, UPLOADED):
        return None
    # One byte more than fits is enough to know that it is too large.
    content = await asyncio.to_thread(file.file.read, largest + 1)
    request.app[LIMITS].count(key, UPLOADED, times=len(content) // 1_048_576 + 1)
    return content


def too_much(language: Language) -> str:
    """Return what somebody is told who has sent too much today."""
    return language.gettext("You have sent a lot of files today. Go on tomorrow.")


def refusal(language: Language, reason: Reason, file_name: str) -> str:
    """Return why a picture is refused, in words."""
    return language.gettext(_REFUSED[reason]) % {
        "name": safe_file_name(file_name)[:80],
        "size": LARGEST_PICTURE // 1_048_576,
        "pixels": MOST_PIXELS // 1_000_000,
    }


def _words(form: _Form, name: str, language: Language, *, needs_words: bool) -> tuple[str, str]:
    description, is_decoration = text_in(form, f"alt-{name}"), text_in(form, f"decoration-{name}") != ""
    if len(description) > LONGEST_DESCRIPTION:
        return "", language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
            "length": language.number(len(description)), "longest": language.number(LONGEST_DESCRIPTION)
        }  # fmt: skip
    if not is_storable(description):
        return "", language.gettext("We cannot store this as it is. Look at it again.")
    if needs_words and not description and not is_decoration:
        return "", language.gettext("Tell what is in the picture, or choose that it is decoration.")
    return ("" if is_decoration else description), ""


def _file_in(form: _Form, name: str) -> FileField | None:
    given = form.get(name)
    return given if isinstance(given, FileField) and given.filename else None
