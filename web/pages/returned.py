"""Forms that come back to their sender: nobody loses what they typed because their time was over.

A form whose token is too old is shown again with a fresh one. Somebody who is not signed in any more signs in first;
what they typed waits for a quarter of an hour, sealed with a secret that only their browser has, for the person whose
page it was: who signs in next at the same computer may be somebody else. Passwords, codes and files are never given
back or kept.
"""

import base64
import json
import re
import secrets
import zlib
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from actors.database import now
from actors.forms import KEPT, keep_form, kept_form
from actors.people.accounts import digest
from web.cookies import read_cookie, set_cookie
from web.forms import NUMBER_FIELD, TOKEN_FIELD, WHOSE_FIELD, FormReturned, whose_form
from web.keys import DATABASE, LIMITS, VAULT
from web.limits import Allowance
from web.pages.asked import person_of, see_other, text_in
from web.pages.paths import local_path, sign_in_path
from web.render import render

PATH: Final = "/opnieuw"
KEPT_COOKIE: Final = "__Host-samenspraak_kept"
_SECRET: Final = re.compile(r"pass|wachtwoord|code|secret|token|credential", re.IGNORECASE)
_LARGEST: Final = 64 * 1_024
_MOST_FIELDS: Final = 200
_KEPT_FORMS: Final = Allowance(20, 3_600.0)
_SHORTEST_TEXT: Final = 20
"""What is shorter was chosen or is soon typed anew; it goes along, but is not shown."""


async def give_back(request: web.Request, form_returned: FormReturned) -> web.Response:
    """Return the page with what was typed in a form that could not be taken."""
    given = await request.post()
    typed = [
        (name, value)
        for name, value in given.items()
        if isinstance(value, str) and name not in {TOKEN_FIELD, NUMBER_FIELD, WHOSE_FIELD} and not _SECRET.search(name)
    ][:_MOST_FIELDS]
    form = {
        "action": request.path_qs,
        "fields": typed,
        "whose": text_in(given, WHOSE_FIELD),
        "has_files": any(isinstance(value, web.FileField) and value.filename for value in given.values()),
    }
    if form_returned.back is None:
        return _show(request, form, status=403)
    secret = await _keep(request, form) if _texts(typed) else None
    response = render(
        request,
        "signed_out.html",
        status=403,
        errors={},
        texts=_texts(typed),
        is_kept=secret is not None,
        has_files=form["has_files"],
        sign_in=sign_in_path(PATH if secret is not None else local_path(form_returned.back)),
    )
    if secret is not None:
        set_cookie(request, response, KEPT_COOKIE, secret, max_age=int(KEPT.total_seconds()))
    return response


async def again(request: web.Request) -> web.Response:
    """Answer with what somebody typed before they signed in again, ready to be sent."""
    person_of(request)
    secret = read_cookie(request, KEPT_COOKIE)
    if secret is None:
        return see_other("/")
    async with request.app[DATABASE].reading() as session:
        sealed = await kept_form(session, digest(secret), now=now())
    if sealed is None:
        return see_other("/")
    try:
        form = json.loads(zlib.decompress(_seal(request, secret).decrypt(sealed)))
    except InvalidToken:
        return see_other("/")
    if form["whose"] not in {"", whose_form(request)}:
        return see_other("/")
    return _show(request, form, status=200)


async def _keep(request: web.Request, form: Mapping[str, Any]) -> str | None:
    limits = request.app[LIMITS]
    key = f"kept forms {limits.address_of(request)}"
    packed = zlib.compress(json.dumps(form).encode())
    if len(packed) > _LARGEST or not limits.allows(key, _KEPT_FORMS):
        return None
    limits.count(key, _KEPT_FORMS)
    secret = secrets.token_urlsafe(32)
    async with request.app[DATABASE].writing() as session:
        is_kept = await keep_form(session, digest(secret), _seal(request, secret).encrypt(packed), now=now())
    return secret if is_kept else None


def _show(request: web.Request, form: Mapping[str, Any], *, status: int) -> web.Response:
    fields = form["fields"]
    return render(
        request,
        "returned.html",
        status=status,
        errors={},
        action=form["action"],
        fields=fields,
        texts=_texts(fields),
        has_files=form["has_files"],
        was_signed_out=status == 200,
    )


def _texts(fields: list[tuple[str, str]]) -> list[str]:
    return [value for _, value in fields if len(value) >= _SHORTEST_TEXT and not value.startswith("/")]


def _seal(request: web.Request, secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(request.app[VAULT].derive(f"kept form {secret}")))
