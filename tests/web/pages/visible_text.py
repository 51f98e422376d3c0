"""Text that people see and that no translator does: found in templates as a browser would, and in the code of pages.

A template is read as HTML with a hole for each expression, so that text nodes and attributes can be told apart. Of the
expressions, constants count that end up on the page: those of ``{{ … }}`` and those handed to a macro as a label.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from jinja2 import Environment, nodes

from web.render import TEMPLATE_FOLDER, create_environment

_WEB = TEMPLATE_FOLDER.parent
_HOLE: Final = "\ufffc"
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
_TRANSLATES: Final = frozenset({"_", "gettext", "ngettext", "pgettext", "N_", "P_"})
_SHOWN_ATTRIBUTES: Final = frozenset(
    {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label", "summary"}
)
_SHOWN_PARAMETERS: Final = frozenset(
    {"label", "legend", "hint", "text", "title", "word", "words", "action_label", "summary", "heading", "caption"}
)
_MARKUP: Final = re.compile(r"""[a-z-]+="[^"]*"|[\w-]*--[\w-]+|/[\w/-]+""")
"""Attributes and classes that a macro or block puts together, and addresses."""
_CLASSES: Final = re.compile(r"[a-z ]*(?:[a-z]+-){2,}[a-z -]*\Z|[a-z]+ nl-[a-z-]+\Z")
_NOT_SHOWN: Final = frozenset({"script", "style"})
SAME_IN_ALL: Final = {
    "Samenspraak": "the name of the software",
    "ActivityPub": "the name of a standard",
    "ActivityStreams": "the name of a standard",
    "OpenID Connect": "the name of a standard",
    "WCAG": "the name of a standard",
    "Mastodon": "the name of other software",
    "EUPL": "the name of a licence",
    "MB": "a unit",
    "kB": "a unit",
    "px": "a unit",
    "samenspraak verify": "a command",
    "nl": "a code",
    "en": "a code",
}
"""What may stand on a page as it is, and why."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _NOT_SHOWN:
            self._open.append(tag)
        for name, value in attrs:
            is_button = name == "value" and tag == "input" and given.get("type") in {"submit", "button", "reset"}
            is_told = name == "content" and tag == "meta" and given.get("name") in {"description", "author"}
            if name in _SHOWN_ATTRIBUTES or is_button or is_told:
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._open:
            self._look(data)

    def _look(self, text: str) -> None:
        if is_words(text):
            self.found.append((self.getpos()[0], " ".join(text.replace(_HOLE, "…").split())))


def is_words(text: str) -> bool:
    """Whether a text holds words of some language, apart from those that are the same in all."""
    text = _MARKUP.sub(" ", text)
    for same in SAME_IN_ALL:
        text = re.sub(rf"\b{re.escape(same)}\b", "", text)
    return bool(_LETTERS.search(text.replace(_HOLE, " ")))


def in_templates(environment: Environment | None = None) -> Iterator[str]:
    """Yield what stands in templates that no translator sees, each with its file and line."""
    environment = environment or create_environment()
    macros = _parameters(environment)
    for name in sorted(environment.list_templates(extensions=["html", "txt"])):
        yield from in_template(name, _source(environment, name), environment, macros)


def in_template(name: str, source: str, environment: Environment, macros: dict[str, list[str]]) -> Iterator[str]:
    """Yield what stands in one template."""
    tree = environment.parse(source, name)
    yield from (f"{name}:{line} {text!r}" for line, text in _constants(tree, macros))
    # Line numbers are those of the text with its holes, so that only the text tells where it is.
    markup = "".join(part if isinstance(part, str) else _HOLE for part in _flat(tree))
    if name.endswith(".txt"):
        yield from (f"{name} {line.strip()!r}" for line in markup.splitlines() if is_words(line))
        return
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    yield from (f"{name} {text!r}" for _, text in reader.found)


def _flat(tree: nodes.Node) -> Iterator[str | nodes.Expr]:
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                yield part.data if isinstance(part, nodes.TemplateData) else part
        elif not isinstance(node, nodes.Expr):
            yield from _flat(node)


def _constants(tree: nodes.Node, macros: dict[str, list[str]]) -> Iterator[tuple[int, str]]:
    before = ""
    for part in _flat(tree):
        if isinstance(part, str):
            before = (before + part)[-2_000:]
        elif not _is_unseen_attribute(before):
            yield from _shown(part)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and (names := macros.get(call.node.name)):
            given = dict(zip(names, call.args, strict=False)) | {each.key: each.value for each in call.kwargs}
            for name, value in given.items():
                if name in _SHOWN_PARAMETERS:
                    yield from _shown(value)


def _is_unseen_attribute(before: str) -> bool:
    tag = before[before.rfind("<") :] if before.rfind("<") > before.rfind(">") else ""
    attribute = re.search(r'([\w-]+)="[^"]*\Z', tag)
    return attribute is not None and attribute[1] not in _SHOWN_ATTRIBUTES | {"value", "content"}


def _shown(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Yield the constants that an expression may come to."""
    match node:
        case nodes.Const(value=str(text)) if is_words(text) and not _CLASSES.match(text):
            yield node.lineno, text
        case nodes.CondExpr():
            yield from _shown(node.expr1)
            yield from _shown(node.expr2) if node.expr2 is not None else ()
        case nodes.Concat():
            for part in node.nodes:
                yield from _shown(part)
        case nodes.Add() | nodes.Or() | nodes.And():
            yield from _shown(node.left)
            yield from _shown(node.right)
        case nodes.Filter() if node.node is not None:
            yield from _shown(node.node)


def _parameters(environment: Environment) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in environment.list_templates(extensions=["html"]):
        for macro in environment.parse(_source(environment, name), name).find_all(nodes.Macro):
            found[macro.name] = [str(argument.name) for argument in macro.args]
    return found


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


# ------------------------------------------------------------------------- code
IN_CODE: Final = {
    "pages/places.py": "names of municipalities",
    "pages/admin/settings.py": "questions to the database",
}
"""Modules whose sentences are for nobody to translate, and why."""
_SENTENCE: Final = re.compile(r"[A-Z“][^\W\d_]*['’]?[^\W\d_]*,? [^\W\d_]+.*[^\W_]{2}", re.DOTALL)


def in_code(folder: Path = _WEB) -> Iterator[str]:
    """Yield sentences in the code of pages that no translator sees.

    What is logged or raised is not for people at the pages: error pages have words of their own.
    """
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).as_posix() in IN_CODE:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        apart = set(_not_for_people(tree))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in apart
                and _SENTENCE.match(node.value)
                and not _HEADER.match(node.value)
            ):
                yield f"{path.relative_to(folder)}:{node.lineno} {node.value[:80]!r}"


def _not_for_people(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)  # a docstring
        elif isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _name(node.func) in _TRANSLATES | _TOLD):
            yield from (id(part) for part in ast.walk(node))


_HEADER: Final = re.compile(r"[A-Z][a-z]+(-[A-Z][a-z]+)*(, [A-Z][a-z]+(-[A-Z][a-z]+)*)+\Z")
_TOLD: Final = frozenset(
    {"debug", "info", "warning", "error", "exception", "_refusal", "HTTPForbidden", "__init__", "derive"}
)
"""Calls whose words are for the log, for programs that ask for JSON, or name a key."""


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
