"""What somebody did before: the roles on their page that they have, or had in good order."""

from sqlalchemy.ext.asyncio import AsyncSession

from actors.roles.queries import roles_done_by
from web.language import Language
from web.pages.cards import Cards
from web.pages.roles.views import RoleView, role_view


async def roles_done(session: AsyncSession, actor_id: int, cards: Cards, language: Language) -> list[RoleView]:
    """Return the roles of an actor, those that it has first; one query."""
    return [role_view(row, cards, language) for row in await roles_done_by(session, actor_id)]
