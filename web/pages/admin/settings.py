"""The settings in force, without secrets; what the instance runs on, how much it holds, and a test mail."""

import asyncio
import os
from pathlib import Path
from typing import Final

from aiohttp import web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from actors.audit import note_act
from actors.database import Database, now
from actors.kinds import Role
from actors.people.tables import Account
from web.keys import CAN_MAIL, DATABASE, DOCUMENTS, SETTINGS_SHOWN, VAULT
from web.language import N_
from web.mail.testing import queue_test_mail
from web.pages.admin.notices import told
from web.pages.asked import person_with, see_other
from web.pages.prose import size_of
from web.render import language_of, render
from web.wellknown import REPOSITORY, VERSION

_SAID: Final = {"set": N_("set"), "not set": N_("not set"), "on": N_("on"), "off": N_("off")}
_MOST_COUNTED: Final = 500_000
_DOCS: Final = f"{REPOSITORY}/src/branch/main/docs/settings.md"


async def overview(request: web.Request) -> web.Response:
    """Answer with the settings."""
    person_with(request, Role.ADMINISTRATOR)
    language, database = language_of(request), request.app[DATABASE]
    async with database.reading() as session:
        kind, size = await _database(session, database)
    files = await asyncio.to_thread(_size_of_folder, request.app[DOCUMENTS].folder)
    return render(
        request,
        "admin/settings.html",
        errors={},
        notice=told(request, language),
        version=VERSION,
        source=REPOSITORY,
        docs=_DOCS,
        database=kind,
        database_size=size_of(language, size),
        files_size=size_of(language, files),
        settings=[
            (name, language.gettext(_SAID[value]) if value in _SAID else value)
            for name, value in request.app[SETTINGS_SHOWN]
        ],
        can_mail=request.app[CAN_MAIL],
    )


async def send_test(request: web.Request) -> web.Response:
    """Send a test mail to whoever asks for it."""
    me, moment = person_with(request, Role.ADMINISTRATOR).actor, now()
    if not request.app[CAN_MAIL]:
        raise web.HTTPNotFound
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, me.id)
        await queue_test_mail(session, request.app[VAULT], to=account.email, language=account.language, now=moment)
        note_act(session, me.id, "test-mail-sent", now=moment)
    return see_other("/beheer/instellingen?bericht=testmail")


async def _database(session: AsyncSession, database: Database) -> tuple[str, int]:
    """Return which database it is, and how many bytes it holds."""
    if not database.is_sqlite:
        row = (await session.execute(text("SELECT version(), pg_database_size(current_database())"))).one()
        return " ".join(str(row[0]).split()[:2]), int(row[1])
    pages = text("SELECT sqlite_version(), page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    row = (await session.execute(pages)).one()
    return f"SQLite {row[0]}", int(row[1])


def _size_of_folder(folder: Path) -> int:
    """Return how many bytes stand in a folder; it stops counting when there are very many files."""
    total, count, folders = 0, 0, [folder]
    while folders and count < _MOST_COUNTED:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue
        for entry in entries:
            count += 1
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            else:
                total += entry.stat(follow_symlinks=False).st_size
    return total
