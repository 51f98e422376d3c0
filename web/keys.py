"""Typed application keys: every resource that a request handler uses enters here, by name and type."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from jinja2 import Environment

from actors.database import Database
from actors.keys import KeyRing
from actors.media.pictures import Pictures
from actors.media.store import DocumentStore
from actors.resolve import Resolver
from actors.site import Site
from actors.vault import Vault
from actors.wakeups import Wakeups
from inbox.authenticate import Authenticator
from inbox.backfill import Backfill
from inbox.receive import Receiver
from web.bodies import ByteBudget
from web.cache import ResponseCache
from web.house import HouseKeeper
from web.language import Languages
from web.limits import Limits
from web.live import LiveHub
from web.oidc.provider import Provider
from web.static_files import StaticFile

SITE: Final = web.AppKey("SITE", Site)
DATABASE: Final = web.AppKey("DATABASE", Database)
KEYS: Final = web.AppKey("KEYS", KeyRing)
VAULT: Final = web.AppKey("VAULT", Vault)
RESOLVER: Final = web.AppKey("RESOLVER", Resolver)
DOCUMENTS: Final = web.AppKey("DOCUMENTS", DocumentStore)
PICTURES: Final = web.AppKey("PICTURES", Pictures)
WAKEUPS: Final = web.AppKey("WAKEUPS", Wakeups)
AUTHENTICATOR: Final = web.AppKey("AUTHENTICATOR", Authenticator)
RECEIVER: Final = web.AppKey("RECEIVER", Receiver)
TEMPLATES: Final = web.AppKey("TEMPLATES", Environment)
CACHE: Final = web.AppKey("CACHE", ResponseCache)
LANGUAGES: Final = web.AppKey("LANGUAGES", Languages)
BUDGET: Final = web.AppKey("BUDGET", ByteBudget)
HOUSE: Final = web.AppKey("HOUSE", HouseKeeper)
LIMITS: Final = web.AppKey("LIMITS", Limits)
LIVE: Final = web.AppKey("LIVE", LiveHub)
BACKFILL: Final = web.AppKey("BACKFILL", Backfill)
CAN_MAIL: Final = web.AppKey("CAN_MAIL", bool)
"""Whether the instance has a mail server: without one no mail is queued."""
PROVIDERS: Final = web.AppKey("PROVIDERS", dict[str, Provider])
"""Providers elsewhere that people sign in with, by their word in our addresses."""
SHOW_STYLE: Final = web.AppKey("SHOW_STYLE", bool)
"""Whether the page that shows the parts of pages is there."""
REQUIRE_MFA: Final = web.AppKey("REQUIRE_MFA", bool)
"""Whether administrators need two factors for what only roles may do."""
SETTINGS_SHOWN: Final = web.AppKey("SETTINGS_SHOWN", tuple[tuple[str, str], ...])
"""The settings in force by name, without secrets."""
STATIC: Final = web.AppKey("STATIC", Mapping[str, StaticFile])
"""The files of the interface by hashed name."""
