"""What every part of the page of an issue is given to go by."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.issues.queries import IssueDetail
from actors.visibility import Viewer
from web.language import Language
from web.pages.cards import Cards


@dataclass(frozen=True)
class Asked:
    """An issue that somebody looks at: ours, or another instance's as we know it."""

    request: web.Request
    session: AsyncSession
    viewer: Viewer
    actor: Actor
    detail: IssueDetail
    cards: Cards
    language: Language


Part = Callable[[Asked], Awaitable[Mapping[str, object]]]
