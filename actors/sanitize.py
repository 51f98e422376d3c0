"""Clean HTML: what other servers send goes through nh3, what our own people write through bleach.

Both keep the same short list of elements. Links keep only http and https, open without telling the
next site who came (``noopener``) or vouching for it (``nofollow ugc``), and show their address, so
that a text cannot pretend to lead elsewhere.
"""

import html
import re
from collections.abc import Iterator, Mapping, MutableMapping
from functools import partial
from typing import Final, TypeAlias

import bleach
import nh3
from bleach.linkifier import LinkifyFilter
from markdown_it import MarkdownIt
from markdown_it.token import Token

_Attributes: TypeAlias = MutableMapping[tuple[str | None, str], str]

_TEXT: Final = {"p", "br", "a", "span", "em", "strong", "b", "i", "u", "s", "del", "code", "pre", "blockquote", "ul",
                "ol", "li", "h2", "h3", "h4", "h5", "h6", "hr", "sub", "sup"}  # fmt: skip
_TABLES: Final = {"table", "thead", "tbody", "tr", "th", "td"}
ALLOWED_ELEMENTS: Final = frozenset(_TEXT | _TABLES)
_REL: Final = "nofollow noopener noreferrer ugc"
_CLASSES: Final = frozenset({"mention", "hashtag", "u-url", "h-card", "invisible", "ellipsis"})

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": False}).enable("table").enable(
    "strikethrough"
)  # fmt: skip
_mention = re.compile(r"(?<![\w@/.])@([a-zA-Z0-9_-]{1,60}@[a-zA-Z0-9.-]{1,250}[a-zA-Z0-9](?::\d{1,5})?)")
# Bleach's own expression for addresses takes time by the square of the length, and knows the domains of 2012.
_address = re.compile(r"(?<![\w@/.])(?:https?://|www\.)[^\s<>\"'`]{1,2000}", re.IGNORECASE)
_absolute = re.compile(r"https?://", re.IGNORECASE)
_tags = re.compile(r"<[^<>]{0,2000}>")
# U+202A-202E and U+2066-2069 turn the direction of what follows: they disguise file names and links.
_DIRECTION: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def clean_remote(dirty: str) -> str:
    """Return another server's HTML with only what we allow; never raises."""
    cleaned = nh3.clean(
        dirty,
        tags=set(ALLOWED_ELEMENTS),
        clean_content_tags={"script", "style", "noscript", "template"},
        attributes={"a": {"href", "class"}, "span": {"class"}, "ol": {"start"}, "th": {"align"}, "td": {"align"}},
        allowed_classes={},
        attribute_filter=_keep,
        url_schemes={"http", "https"},
        link_rel=_REL,
    )
    # Afterwards: only now is what was written as ``&#x202e;`` the character itself.
    return cleaned.translate(_DIRECTION)


def render_markdown(source: str, *, shift_headings: bool = False, mentions: Mapping[str, str] | None = None) -> str:
    """Return clean HTML for what one of our people wrote in Markdown, bare addresses made links.

    ``shift_headings`` makes ``#`` an ``<h2>``: the page's own title is its ``<h1>``. ``mentions``
    gives the page of each account (``handle@domain``) that is to become a link.
    """
    tokens = _markdown.parse(source)
    for token in tokens:
        if shift_headings and token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if mentions and token.type == "inline" and token.children:
            token.children = [part for child in token.children for part in _with_mentions(child, mentions)]
    cleaned = _own.clean(_markdown.renderer.render(tokens, _markdown.options, {}))
    return cleaned.translate(_DIRECTION).strip()


def accounts_in(source: str) -> list[str]:
    """Return the accounts (``handle@domain`` in lower case) that a text names as ``@handle@domain``, at most 20."""
    found = dict.fromkeys(match[1].lower() for match in _mention.finditer(source))
    return list(found)[:20]


def _with_mentions(token: Token, mentions: Mapping[str, str]) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    start = 0
    for match in _mention.finditer(token.content):
        page = mentions.get(match[1].lower())
        if page is None:
            continue
        yield _text_token(token.content[start : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": page, "class": "u-url mention"})
        yield _text_token(f"@{match[1]}")
        yield Token("link_close", "a", -1)
        start = match.end()
    yield _text_token(token.content[start:])


def _text_token(content: str) -> Token:
    return Token("text", "", 0, content=content)


def plain_text(markup: str) -> str:
    """Return the words of clean HTML, for titles, previews and search."""
    spaced = re.sub(r"</(?:p|li|h[1-6]|tr|blockquote)>|<br ?/?>", " ", markup)
    return re.sub(r"\s+", " ", html.unescape(_tags.sub("", spaced))).strip()


def clean_line(text: str, longest: int) -> str:
    """Return one line of plain text without markup, control or direction characters, cut to length."""
    words = html.unescape(_tags.sub("", text)).translate(_DIRECTION)
    printable = "".join(character if character.isprintable() else " " for character in words)
    return re.sub(r"\s+", " ", printable).strip()[:longest].rstrip()


def is_storable(text: str) -> bool:
    """Whether every database can hold a text: no NUL, and no half of a character."""
    return "\0" not in text and text == text.encode("utf-8", "replace").decode()


def _keep(element: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        kept = " ".join(word for word in value.split() if word in _CLASSES)
        return kept or None
    if attribute == "href" and not _absolute.match(value):
        return None
    return value


def _safe_link(attributes: _Attributes, _new: bool = False, /) -> _Attributes | None:
    # What is relative would lead to another page on every server that shows it: the words stay, the link goes.
    if not _absolute.match(attributes.get((None, "href"), "")):
        return None
    attributes[(None, "rel")] = _REL
    return attributes


_own = bleach.Cleaner(
    tags=ALLOWED_ELEMENTS,
    attributes={"a": ["href", "class", "rel"], "span": ["class"], "ol": ["start"], "th": ["align"], "td": ["align"]},
    protocols={"http", "https"},
    strip=True,
    filters=[
        partial(
            LinkifyFilter,
            callbacks=[_safe_link],  # type: ignore[list-item]  # it may return None, says bleach's documentation
            skip_tags={"pre", "code"},
            parse_email=False,
            url_re=_address,
        )
    ],
)
