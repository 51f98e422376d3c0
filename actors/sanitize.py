"""Clean HTML: nh3 cleans what comes by the thousand or is long, bleach what people here say; one list of elements.

Links keep only http and https, open without telling the
next site who came (``noopener``) or vouching for it (``nofollow ugc``), and show their address, so
that a text cannot pretend to lead elsewhere.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import bleach
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

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
_address = re.compile(r"(?<![\w@/.])(?:https?://|www\.)[^\s<>\"'`]{1,2000}", re.IGNORECASE)
_absolute = re.compile(r"https?://", re.IGNORECASE)
_SAID: Final = 5_000
"""What somebody here says is at most this long, and is cleaned by bleach; what is longer is an article."""
_AFTER_ADDRESS: Final = ".,;:!?)"
MOST_MARKS: Final = 10_000
"""A text with more signs of Markdown than this is shown as it was typed: each costs the parser time, and no text that
people read has as many."""
_MARKS: Final = "*_[]!~`|<&\\\n"
_tags = re.compile(r"<[^<>]{0,2000}>")
# U+202A-202E and U+2066-2069 turn the direction of what follows: they disguise file names and links.
_DIRECTION: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def clean_remote(dirty: str) -> str:
    """Return another server's HTML with only what we allow; never raises."""
    cleaned = nh3.clean(
        dirty,
        tags=set(ALLOWED_ELEMENTS),
        clean_content_tags={"script", "style", "noscript", "template"},
        attributes={
            "*": set(),
            "a": {"href", "class"},
            "span": {"class"},
            "ol": {"start"},
            "th": {"align"},
            "td": {"align"},
        },
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
    gives the page of each account (``handle@domain``) that is to become a link. A long text takes
    tenths of a second: while others wait it is `actors.rendering` that does this.
    """
    if sum(map(source.count, _MARKS)) > MOST_MARKS:
        return clean_remote(f"<pre>{html.escape(source, quote=False)}</pre>")
    tokens = _markdown.parse(source)
    for token in tokens:
        if shift_headings and token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.type == "inline" and token.children:
            token.children = list(_linked(token.children, mentions or {}))
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    # bleach takes tens of microseconds for each character that HTML escapes: too long for an article.
    cleaned = _said.clean(rendered).translate(_DIRECTION) if len(source) <= _SAID else clean_remote(rendered)
    return cleaned.strip()


def accounts_in(source: str) -> list[str]:
    """Return the accounts (``handle@domain`` in lower case) that a text names as ``@handle@domain``, at most 20."""
    found = dict.fromkeys(match[1].lower() for match in _mention.finditer(source))
    return list(found)[:20]


def _linked(tokens: Iterable[Token], mentions: Mapping[str, str]) -> Iterator[Token]:
    """Make links of the addresses and the accounts in a text, and words of links that lead to no other site."""
    is_kept: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            # What is relative would lead to another page on every server that shows it.
            is_kept.append(bool(_absolute.match(str(token.attrs.get("href", "")))))
            if is_kept[-1]:
                token.attrs["rel"] = _REL
                yield token
        elif token.type == "link_close":
            if is_kept.pop():
                yield token
        elif token.type == "text" and not is_kept:
            yield from _with_links(token.content, mentions)
        else:
            yield token


def _with_links(text: str, mentions: Mapping[str, str]) -> Iterator[Token]:
    start = 0
    for match in _address.finditer(text):
        address = _without_end(match[0])
        yield from _with_mentions(text[start : match.start()], mentions)
        yield from _link(address, {"href": address if _absolute.match(address) else f"http://{address}"})
        start = match.start() + len(address)
    yield from _with_mentions(text[start:], mentions)


def _without_end(address: str) -> str:
    """Return an address without the punctuation of the sentence that it stands in.

    >>> _without_end("https://x.example/a_(b))."), _without_end("www.x.example!")
    ('https://x.example/a_(b)', 'www.x.example')
    """
    unopened = address.count(")") - address.count("(")
    while address[-1] in _AFTER_ADDRESS:
        if address[-1] == ")":
            if unopened <= 0:
                break
            unopened -= 1
        address = address[:-1]
    return address


def _with_mentions(text: str, mentions: Mapping[str, str]) -> Iterator[Token]:
    start = 0
    for match in _mention.finditer(text) if mentions else ():
        page = mentions.get(match[1].lower())
        if page is None or not _absolute.match(page):
            continue
        yield _text_token(text[start : match.start()])
        yield from _link(f"@{match[1]}", {"href": page, "class": "u-url mention"})
        start = match.end()
    yield _text_token(text[start:])


def _link(words: str, attributes: dict[str, str | int | float]) -> Iterator[Token]:
    yield Token("link_open", "a", 1, attrs={**attributes, "rel": _REL})
    yield _text_token(words)
    yield Token("link_close", "a", -1)


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


_said = bleach.Cleaner(
    tags=ALLOWED_ELEMENTS,
    attributes={"a": ["href", "class", "rel"], "span": ["class"], "ol": ["start"], "th": ["align"], "td": ["align"]},
    protocols={"http", "https"},
    strip=True,
)
