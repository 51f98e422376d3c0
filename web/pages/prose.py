"""What people wrote, made ready to print: links that show where they lead, files with their size.

The HTML was cleaned when it was stored. A link's text may still name another site than it goes
to; then the host stands behind it (CVE-2023-36462, CVE-2026-33868).
"""

import html
import re
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from actors.sanitize import plain_text
from web.language import Language

# Written by our own cleaners, so attributes stand in double quotes and nothing is nested in a link.
# Without an upper bound on either part: what did not match would be shown without its host.
_link: Final = re.compile(r'<a\b([^<>]*+)>([^<]*+(?:<(?!/a>)[^<]*+)*+)</a>')  # fmt: skip
_href: Final = re.compile(r'\bhref="(https?://[^"<>]+)"')
_heading: Final = re.compile(r"<(/?)h([2-6])>")
_breaks: Final = re.compile(r"<(?:h[2-6]|table|ul|ol|pre)\b")
_class: Final = re.compile(r'\bclass="[^"]*\b(?:mention|hashtag)\b')


def prose(markup: str) -> Markup:
    """Return clean HTML as markup, with the host behind each link that does not show it."""
    if "<a" not in markup:
        return Markup(markup)  # noqa: S704 - cleaned on write
    return Markup(_link.sub(_with_host, markup))  # noqa: S704 - cleaned on write


def raised_headings(markup: str) -> str:
    """Return an article with its headings right below the title of the page, none left out.

    People begin with ``##`` as often as with ``#``; a reader who hears the page goes by the levels.
    """
    missing = next((level - 2 for level in range(2, 7) if f"<h{level}>" in markup), 0)
    if not missing:
        return markup
    return _heading.sub(lambda match: f"<{match[1]}h{max(2, int(match[2]) - missing)}>", markup)


def excerpt(markup: str, longest: int = 200) -> str:
    """Return the first words of a text."""
    # What comes after a heading, a list or a table reads as nonsense without its form.
    begin = _breaks.split(markup[: longest * 8], maxsplit=1)[0]
    words = plain_text(begin) or plain_text(markup[: longest * 8])
    return words if len(words) <= longest else words[:longest].rsplit(" ", 1)[0].rstrip(" .,;:–-") + "…"


def paragraphs(text: str) -> Markup:
    """Return plain text with its paragraphs kept."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in parts if part)


def size_of(language: Language, size: int | None) -> str:
    """Return ``340 kB`` or ``1,2 MB``."""
    if size is None:
        return ""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    megabytes = f"{size / 1_000_000:.1f}"
    return f"{megabytes.replace('.', ',') if language.code == 'nl' else megabytes} MB"


def host_of(address: str) -> str:
    """Return the host (with port, if any) of an address, in ASCII, so that no letter looks like another."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        return (host if host.isascii() else host.encode("idna").decode()) + port
    except (ValueError, UnicodeError):
        return ""


def _with_host(match: re.Match[str]) -> str:
    attributes, text = match[1], match[2]
    found = _href.search(attributes)
    if found is None:
        return match[0]
    host = host_of(html.unescape(found[1]))
    shown = plain_text(text).lower().removeprefix("https://").removeprefix("http://")
    if _class.search(attributes) and (shown.startswith("#") or (shown.startswith("@") and host in shown)):
        return match[0]
    if not host or shown == host or shown.startswith((f"{host}/", f"{host}:", f"{host}?")):
        return match[0]
    return f'{match[0]} <span class="link-host">({escape(host)})</span>'
