"""The application: its resources, its middleware and its routes, and nothing read from the environment."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from actors.database import Database
from actors.keys import KeyRing
from actors.media.pictures import Pictures
from actors.media.store import DocumentStore
from actors.resolve import Resolver
from actors.site import Site
from actors.vault import Vault
from actors.wakeups import CHANGED, Wakeups
from inbox.authenticate import Authenticator
from inbox.backfill import Backfill
from inbox.receive import Receiver
from web import keys
from web.bodies import LARGEST_UPLOAD, ByteBudget
from web.cache import ResponseCache
from web.house import HouseKeeper
from web.language import Languages
from web.limits import Limits
from web.live import LiveHub, keep_telling
from web.middleware import know_visitor, make_guard, share_answer
from web.oidc.provider import Provider
from web.once import answer_once
from web.pages.errors import render_error
from web.pages.returned import give_back
from web.render import create_environment
from web.routes import routes
from web.static_files import static_files


@dataclass(frozen=True)
class Resources:
    """What the application is given; `deploy.wiring` makes and closes it."""

    site: Site
    database: Database
    keys: KeyRing
    vault: Vault
    resolver: Resolver
    documents: DocumentStore
    wakeups: Wakeups
    authenticator: Authenticator
    receiver: Receiver
    limits: Limits
    can_mail: bool = False
    backfill: Backfill | None = None
    """Links with other instances; None where none can be made."""
    require_mfa: bool = True
    show_style: bool = False
    """Whether ``/stijl`` shows the parts of pages."""
    providers: Sequence[Provider] = ()
    settings_shown: tuple[tuple[str, str], ...] = ()
    """The settings in force by name, without secrets (`deploy.shown`)."""


def create_app(resources: Resources) -> web.Application:
    """Return the application of one instance."""
    app = web.Application(
        middlewares=[make_guard(render_error, give_back), share_answer, know_visitor, answer_once],
        client_max_size=LARGEST_UPLOAD,
    )
    app[keys.SITE] = resources.site
    app[keys.DATABASE] = resources.database
    app[keys.KEYS] = resources.keys
    app[keys.VAULT] = resources.vault
    app[keys.RESOLVER] = resources.resolver
    app[keys.DOCUMENTS] = resources.documents
    app[keys.PICTURES] = Pictures(resources.documents)
    app[keys.WAKEUPS] = resources.wakeups
    app[keys.AUTHENTICATOR] = resources.authenticator
    app[keys.RECEIVER] = resources.receiver
    app[keys.BUDGET] = ByteBudget()
    app[keys.LIMITS] = resources.limits
    app[keys.CAN_MAIL] = resources.can_mail
    app[keys.SETTINGS_SHOWN] = resources.settings_shown
    if resources.backfill is not None:
        app[keys.BACKFILL] = resources.backfill
    app[keys.PROVIDERS] = {provider.settings.key: provider for provider in resources.providers}
    app[keys.REQUIRE_MFA] = resources.require_mfa
    app[keys.SHOW_STYLE] = resources.show_style
    app[keys.LANGUAGES] = Languages.load()
    app[keys.TEMPLATES] = create_environment()
    app[keys.STATIC] = static_files()
    app[keys.CACHE] = ResponseCache()
    app[keys.HOUSE] = HouseKeeper(resources.database)
    resources.wakeups.on_ring(CHANGED, app[keys.HOUSE].forget)
    resources.wakeups.on_ring(CHANGED, app[keys.CACHE].clear)
    app[keys.LIVE] = LiveHub(resources.database, resources.wakeups)
    app.cleanup_ctx.append(keep_telling(app[keys.LIVE]))
    app.on_shutdown.append(app[keys.LIVE].end)
    app.add_routes(routes())
    return app
