"""Pages: one Jinja environment, and what every template may use."""

from io import BytesIO
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from web.cache import SHARED
from web.forms import FormFields, keep_form_secret
from web.keys import LANGUAGES, SITE, TEMPLATES
from web.language import Language
from web.pages.picture_views import avatar_path
from web.static_files import static_url
from web.visitor import visitor_of

TEMPLATE_FOLDER: Final = Path(__file__).parent / "templates"


class _Compiled(BytecodeCache):
    """Compiled templates, kept in memory and shared by the environments of one process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._kept.get(bucket.key)) is not None:
            bucket.load_bytecode(BytesIO(code))

    def dump_bytecode(self, bucket: Bucket) -> None:
        written = BytesIO()
        bucket.write_bytecode(written)
        self._kept[bucket.key] = written.getvalue()


_compiled: Final = _Compiled()


def create_environment() -> Environment:
    """Return the environment of all pages. Raises `jinja2.TemplateSyntaxError` when a template is wrong."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_compiled,
    )
    environment.policies["ext.i18n.trimmed"] = True
    # The words come with each page's context, in the language of who asks.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # added by the extension
    environment.globals["static"] = static_url
    environment.globals["avatar_path"] = avatar_path
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)
    return environment


def render(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """Return a page. It may be shared by all when nothing is known of who asks and it has no form with a token."""
    visitor = visitor_of(request)
    language = language_of(request)
    fields = FormFields(request)
    body = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            context,
            **language.callables(),
            visitor=visitor,
            language=language,
            languages=request.app[LANGUAGES].offered,
            site=request.app[SITE],
            house=visitor.house,
            here=request.path_qs,
            section=_section(request.path),
            csrf=fields,
        )
        .encode()
    )
    is_shared = visitor.is_anyone and status == 200 and not fields.printed
    response = web.Response(
        body=body,
        status=status,
        headers={
            "Content-Type": "text/html; charset=utf-8",
            "Content-Language": language.code,
            "Vary": "Accept, Accept-Language, Cookie",
            "Cache-Control": "no-cache" if is_shared else "private, no-store",
        },
    )
    response[SHARED] = is_shared
    keep_form_secret(request, response)
    return response


def language_of(request: web.Request) -> Language:
    """Return the language to answer in."""
    return request.app[LANGUAGES][visitor_of(request).language]


def _section(path: str) -> str:
    return path.split("/", 2)[1]
