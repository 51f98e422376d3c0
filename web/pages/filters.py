"""The forms that filter lists: what they offer, and what an address chose."""

from dataclasses import dataclass

from aiohttp import web

from actors.kinds import KnowledgeKind
from web.keys import SITE
from web.pages.words import KNOWLEDGE_KINDS, PHASES, THEMES
from web.render import language_of
from web.visitor import visitor_of


@dataclass(frozen=True)
class Filters:
    """What the filters of a list offer, and what was chosen."""

    chosen: dict[str, str]
    themes: list[tuple[str, str]]
    phases: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    instances: list[tuple[str, str]]
    """Empty where there is nothing to choose from."""


def filters(request: web.Request, linked: dict[str, str]) -> Filters:
    """Return the filters of a list. ``linked`` are the names of instances, by domain."""
    language, query, site = language_of(request), request.query, request.app[SITE]
    return Filters(
        chosen={name: query.get(name, "") for name in ("theme", "phase", "instance", "kind")},
        themes=[(theme, language.word(word)) for theme, word in THEMES.items()],
        phases=[(phase.value, language.word(word)) for phase, word in PHASES.items()],
        kinds=[(kind.value, language.word(KNOWLEDGE_KINDS[kind])) for kind in KnowledgeKind],
        instances=[(site.domain, visitor_of(request).house.name), *linked.items()] if linked else [],
    )


def chosen_domain(request: web.Request, linked: dict[str, str]) -> str | None:
    """Return which instance the address asks for, when it is this one or a linked one."""
    wanted = request.query.get("instance", "")
    return wanted if wanted in linked or wanted == request.app[SITE].domain else None
