"""The templates of mail: ``mail/<kind>.html`` and ``mail/<kind>.txt`` of every kind, checked when the process starts.

HTML is escaped and its words are markup; plain text is neither. The subject is the block ``subject`` of
the text.
"""

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.language import Language
from web.render import TEMPLATE_FOLDER

_FOLDER: Final = "mail/"
_NO_KINDS: Final = frozenset({"base", "parts", "reason"})


class MailTemplates:
    """The templates of every mail. Raises `jinja2.TemplateSyntaxError` or, for half a kind, `LookupError`."""

    def __init__(self) -> None:
        self._html = _environment(autoescape=True)
        self._text = _environment(autoescape=False)
        self.kinds = self._kinds(self._html, "html")
        if self.kinds != self._kinds(self._text, "txt"):
            raise LookupError("a mail needs both its .html and its .txt")

    def render(self, kind: str, language: Language, context: Mapping[str, Any]) -> tuple[str, str, str]:
        """Return subject, text and HTML. Raises `LookupError` for a kind that there is no template of."""
        if kind not in self.kinds:
            raise LookupError(f"there is no mail of kind {kind!r}")
        plain = {**context, **_plain_words(language)}
        template = self._text.get_template(f"{_FOLDER}{kind}.txt")
        subject = "".join(template.blocks["subject"](template.new_context(plain)))
        text = template.render(plain)
        html = self._html.get_template(f"{_FOLDER}{kind}.html").render(
            {**context, **language.callables(), "subject": subject}
        )
        return subject, text, html

    def _kinds(self, environment: Environment, extension: str) -> frozenset[str]:
        names = [name for name in environment.list_templates(extensions=[extension]) if name.startswith(_FOLDER)]
        for name in names:
            environment.get_template(name)
        return frozenset(name.removeprefix(_FOLDER).removesuffix(f".{extension}") for name in names) - _NO_KINDS


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER),
        extensions=["jinja2.ext.i18n"],
        autoescape=autoescape,  # noqa: S701 - off for plain text alone
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # added by the extension
    return environment


def _plain_words(language: Language) -> dict[str, Any]:
    """Return what text templates call for words: as for pages, but nothing is escaped."""

    def gettext(text: str, **variables: object) -> str:
        return language.gettext(text) % variables

    def ngettext(singular: str, plural: str, number: int, **variables: object) -> str:
        variables.setdefault("num", language.number(number))
        return language.ngettext(singular, plural, number) % variables

    def pgettext(context: str, text: str, **variables: object) -> str:
        return language.pgettext(context, text) % variables

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext, "pgettext": pgettext}
