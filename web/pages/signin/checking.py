"""What people type when they make an account, checked field by field, each fault in words at its field."""

import asyncio
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.local import HandleError, check_handle, local_actor
from actors.people.accounts import EmailError, check_email, hash_password
from actors.people.passwords import password_fault
from web.language import N_, Language
from web.pages.asked import text_in
from web.render import language_of

LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 2_000
_JOINERS: Final = frozenset("\u200c\u200d")
"""What no other control character is: needed to write names in some scripts."""
PASSWORD_FAULTS: Final[Mapping[str, str]] = {
    "short": N_("A password needs at least 10 characters."),
    "long": N_("A password has at most 1,000 characters."),
    "common": N_("Many people use this password, so it is easy to guess. Choose another one."),
    "own": N_("This password looks like your name or your e-mail address. Choose another one."),
}


@dataclass(frozen=True)
class Typed:
    """What somebody typed who wants an account; the password is never shown again."""

    name: str = ""
    handle: str = ""
    email: str = ""
    password: str = ""
    reason: str = ""

    @classmethod
    def read(cls, form: Mapping[str, object]) -> "Typed":
        """Read the fields of the form; there are no others."""
        password = form.get("password")
        return cls(
            name=text_in(form, "name")[: LONGEST_NAME * 2],
            handle=text_in(form, "handle").lstrip("@")[:120],
            email=text_in(form, "email")[:300],
            password=password if isinstance(password, str) else "",
            reason=text_in(form, "reason")[: LONGEST_TEXT * 2],
        )

    @property
    def shown(self) -> "Typed":
        """The same without the password, for the form."""
        return replace(self, password="")


def faults_in(request: web.Request, typed: Typed, *, may_lack_password: bool, asks_reason: bool) -> dict[str, str]:
    """Return what is wrong, by field, as far as that can be seen without the database."""
    language = language_of(request)
    errors: dict[str, str] = {}
    if fault := name_fault(language, typed.name):
        errors["name"] = fault
    try:
        check_handle(typed.handle)
    except HandleError:
        errors["handle"] = handle_fault(language, typed.handle)
    try:
        check_email(typed.email)
    except EmailError:
        errors["email"] = language.gettext("Fill in a whole e-mail address, such as name@example.org.")
    if typed.password or not may_lack_password:
        given = new_password_fault(language, typed.password, (typed.name, typed.handle, typed.email))
        if given:
            errors["password"] = given
    if asks_reason and (fault := text_fault(language, typed.reason)):
        errors["reason"] = fault
    return errors


async def handle_is_free(session: AsyncSession, handle: str) -> bool:
    """Whether nobody here has or had this handle."""
    return await local_actor(session, handle) is None


def handle_fault(language: Language, handle: str) -> str:
    """Return why this handle cannot be taken."""
    if not handle:
        return language.gettext("Choose a short name, such as fatima.")
    return language.gettext(
        "Use only letters a to z, digits, and - or _ in between: at most 60. Some names are kept for the site."
    )


def handle_taken(language: Language) -> str:
    """Return what somebody reads who chose a handle of somebody else."""
    return language.gettext("Somebody else has this short name. Choose another one.")


def name_fault(language: Language, name: str) -> str:
    """Return why this cannot be the name of a person; empty when it can."""
    if not name:
        return language.gettext("Fill in the name that others will see.")
    if len(name) > LONGEST_NAME:
        return language.gettext("A name has at most 100 characters.")
    return "" if is_plain(name) else language.gettext("This name holds characters that cannot be shown.")


def text_fault(language: Language, text: str, *, required: bool = True) -> str:
    """Return why this text of several lines cannot be kept; empty when it can."""
    if not text:
        return language.gettext("Fill this in.") if required else ""
    if len(text) > LONGEST_TEXT:
        return language.gettext("This text is too long: it has at most 2,000 characters.")
    return "" if is_plain(text, lines=True) else language.gettext("This text holds characters that cannot be shown.")


def new_password_fault(language: Language, password: str, about: tuple[str, ...]) -> str:
    """Return why this cannot be the password of somebody with these names; empty when it can."""
    fault = password_fault(password, about)
    return language.gettext(PASSWORD_FAULTS[fault]) if fault else ""


def is_plain(text: str, *, lines: bool = False) -> bool:
    """Whether a text holds nothing invisible that could deceive a reader or break a database.

    >>> [is_plain(text) for text in ("Fatima", "José el-Amrani 🌷", "a\\x00b", "\\u202egpj.exe", "\\ud800", "a\\nb")]
    [True, True, False, False, False, False]
    """
    allowed = _JOINERS | {"\n", "\t"} if lines else _JOINERS
    return all(letter in allowed or unicodedata.category(letter) not in _HIDDEN for letter in text)


_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


async def hashed(password: str) -> str | None:
    """Return the hash of a password, made in a thread; None where none was chosen."""
    return await asyncio.to_thread(hash_password, password) if password else None
