"""Every text of the interface, found in the code and the templates as translation tools find them."""

from pathlib import Path

from babel.messages.extract import extract_from_file

_WEB = Path(__file__).parents[3] / "web"
_KEYWORDS = {
    "_": None,
    "N_": None,
    "P_": ((1, "c"), 2),
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_OPTIONS = {"encoding": "utf-8", "trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_OPTIONS |= {"trim_blocks": "true", "lstrip_blocks": "true"}


def interface_texts() -> dict[tuple[str | None, str], tuple[str | None, str]]:
    """Return by (context, msgid): the plural msgid, and where the text stands."""
    found: dict[tuple[str | None, str], tuple[str | None, str]] = {}
    for path in sorted([*_WEB.rglob("*.py"), *_WEB.rglob("*.html"), *_WEB.rglob("*.txt")]):
        method = "python" if path.suffix == ".py" else "jinja2"
        options = {} if path.suffix == ".py" else _OPTIONS
        for line, message, _, context in extract_from_file(method, path, keywords=_KEYWORDS, options=options):
            singular, plural = message if isinstance(message, tuple) else (message, None)
            found.setdefault((context, singular), (plural, f"web/{path.relative_to(_WEB)}:{line}"))
    return found
