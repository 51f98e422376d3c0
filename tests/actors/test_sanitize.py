"""Both ways of cleaning: what other servers send, and what our own people write."""

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sanitize import (
    ALLOWED_ELEMENTS,
    MOST_MARKS,
    accounts_in,
    clean_line,
    clean_remote,
    plain_text,
    render_markdown,
)

ATTRIBUTES = {"href", "class", "rel", "start", "align"}
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Inspector(HTMLParser):
    """Reads HTML as a browser does, and names what should not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_ELEMENTS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not re.match(r"https?:", value or "", re.IGNORECASE):
                self.wrong.append(f"href {value}")

    def handle_data(self, data: str) -> None:
        if DIRECTION.search(data):
            self.wrong.append("a character that turns the direction")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"<?{data}>")


def wrong_in(markup: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(markup)
    inspector.close()
    return inspector.wrong


TRICKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<p onclick=alert(1)>x</p>",
    "<p/onmouseover=alert(1)>x</p>",
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "<svg><p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' &#106;avascript:alert(1)'>x</a>",
    "<a href='java&#x0A;script:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//evil.example/x'>x</a>",
    "<a href='/uitloggen'>x</a>",
    "<p title='x' lang='nl'>x</p>",
    "<a href='https://ok.example' onclick='alert(1)' style='position:fixed' target='_top' id='x'>x</a>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<style>body{display:none}</style>",
    "<iframe src='https://evil.example'></iframe><object data=x></object><embed src=x>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action='https://evil.example'><input name=password><button>x</button></form>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<template><script>alert(1)</script></template>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><p>x</p>",
    "<h1>a title of the page</h1>",
    "<p>unclosed <b>bold <i>and more",
    "</p></div></main>",
    "<plaintext>x",
    "<textarea></textarea><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](JAVASCRIPT&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "[x](https://ok.example \"t' onclick='alert(1)\")",
    "`<script>alert(1)</script>`",
    '```"><script>\nx\n```',
    "gif\u202efdp.exe",
    "gif&#x202e;fdp.exe",
    "gif&#8238;fdp.exe",
    "<p>a&#x2066;b&#x2069;c</p>",
    "<a href='https://ok.example/&#x202e;fdp'>x</a>",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_of_another_server_gets_through(trick: str) -> None:
    cleaned = clean_remote(trick)
    assert wrong_in(cleaned) == []
    assert clean_remote(cleaned) == cleaned


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_of_our_own_people_gets_through(trick: str) -> None:
    assert wrong_in(render_markdown(trick)) == []


_PIECES = st.sampled_from(
    [
        "<", ">", "</", "/>", "script", "<script>", "</script>", "<svg>", "<math>", "<style>", "</style>", "<a href=",
        "javascript:", "data:", "https://x.example", "'", '"', "`", "=", " ", "\n", "onerror=", "onload=alert(1)", "&#",
        "x202e;", "&lt;", "&colon;", "<!--", "-->", "<p>", "</p>", "<img src=x ", "[", "](", ")", "![", "**", "#", "|",
        "\0", "\u202e", "\x0b", "é", "@a@b.example", "<table>", "<tr>", "<td>", "<b", "<![CDATA[", "]]>", "\\",
    ]
)  # fmt: skip
MARKUP = st.lists(_PIECES, max_size=30).map("".join) | st.text(max_size=80)


@given(MARKUP)
def test_whatever_another_server_sends_only_what_we_allow_is_left(dirty: str) -> None:
    assert wrong_in(clean_remote(dirty)) == []


@given(MARKUP)
def test_whatever_our_people_write_only_what_we_allow_is_left(source: str) -> None:
    assert wrong_in(render_markdown(source, mentions={"a@b.example": "https://b.example/@a"})) == []


@given(MARKUP)
def test_a_line_holds_nothing_that_breaks_it(text: str) -> None:
    line = clean_line(text, 50)
    assert len(line) <= 50
    assert line == line.strip()
    assert line.isprintable()
    assert not DIRECTION.search(line)


@given(MARKUP)
def test_plain_text_of_what_was_cleaned_holds_no_markup(dirty: str) -> None:
    assert "\n" not in plain_text(clean_remote(dirty))


def test_what_is_allowed_is_kept() -> None:
    markup = "<p>Beste <strong>buren</strong>,<br>lees <em>dit</em>:</p><ul><li>een</li><li>twee</li></ul>"
    assert clean_remote(markup) == markup


def test_a_mention_of_mastodons_kind_keeps_its_classes() -> None:
    cleaned = clean_remote('<span class="h-card x"><a href="https://b.example/@a" class="u-url mention">@a</a></span>')
    assert 'class="h-card"' in cleaned
    assert 'class="u-url mention"' in cleaned


@pytest.mark.parametrize(
    "markup",
    [
        clean_remote('<a href="https://tilburg.nl/" rel="me" target="_top">x</a>'),
        render_markdown("[x](https://tilburg.nl/)"),
        render_markdown("https://tilburg.nl/"),
    ],
)
def test_a_link_vouches_for_nothing_and_tells_nothing(markup: str) -> None:
    assert 'href="https://tilburg.nl/"' in markup
    rel = re.search(r'rel="([^"]+)"', markup)
    assert rel
    assert {"nofollow", "noopener", "noreferrer", "ugc"} <= set(rel[1].split())
    assert "target" not in markup


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Kijk op https://samen.amsterdam/vraag?a=1&b=2.", "https://samen.amsterdam/vraag?a=1&amp;b=2"),
        ("(zie http://tilburg.localhost:9101/kennis)", "http://tilburg.localhost:9101/kennis"),
        ("www.tilburg.nl, of bel", "http://www.tilburg.nl"),
        ("https://nl.wikipedia.org/wiki/Wijk_(plaats)", "https://nl.wikipedia.org/wiki/Wijk_(plaats)"),
    ],
)
def test_a_bare_address_becomes_a_link_without_the_punctuation_after_it(text: str, link: str) -> None:
    assert f'<a href="{link}"' in render_markdown(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[https://a.example](https://b.example)", "https://a.example"),
        ("[www.a.example en @bram@u.example](https://b.example)", "www.a.example en @bram@u.example"),
        ("[weg @bram@u.example](/weg)", "weg @bram@u.example"),
    ],
)
def test_a_link_stands_in_no_other_link(text: str, words: str) -> None:
    markup = render_markdown(text, mentions={"bram@u.example": "https://u.example/@b"})
    assert plain_text(markup) == words
    assert markup.count("<a ") <= 1


@pytest.mark.parametrize("text", ["Einde.Nu verder", "anna@tilburg.nl", "`https://tilburg.nl`", "ftp://tilburg.nl/x"])
def test_nothing_else_becomes_a_link(text: str) -> None:
    assert "<a" not in render_markdown(text)


@pytest.mark.parametrize("clean", [clean_remote, render_markdown])
def test_a_link_that_leads_to_another_page_on_each_server_leads_nowhere(clean: Callable[[str], str]) -> None:
    for markup in ('<a href="/uitloggen">weg</a>', "[weg](/uitloggen)", "[weg](//evil.example)", "[weg](weg)"):
        assert "href" not in clean(markup).replace("&lt;a href", "")
        assert "weg" in clean(markup)


def test_markdown_is_what_people_expect_of_it() -> None:
    source = "Een **vet** en *schuin* woord, ~~weg~~.\n\n- een\n- twee\n\n> citaat\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    markup = render_markdown(source)
    for part in ("<strong>vet</strong>", "<em>schuin</em>", "<s>weg</s>", "<li>een</li>", "<blockquote>", "<td>1</td>"):
        assert part in markup


def test_html_in_markdown_is_shown_and_not_used() -> None:
    assert "&lt;b&gt;" in render_markdown("<b>vet</b>")


def test_headings_of_an_article_make_room_for_the_title_of_its_page() -> None:
    markup = render_markdown("# een\n\n## twee\n\n###### zes", shift_headings=True)
    assert markup.count("<h2>een</h2>") == markup.count("<h3>twee</h3>") == markup.count("<h6>zes</h6>") == 1


def test_a_heading_of_the_first_level_never_stands_in_a_text() -> None:
    assert "<h1" not in render_markdown("# een")
    assert "<h1" not in clean_remote("<h1>een</h1>")


def test_a_mention_becomes_a_link_to_the_page_of_whom_it_names() -> None:
    markup = render_markdown(
        "Hoi @Bram@Utrecht.example, en @wie@nergens.example!", mentions={"bram@utrecht.example": "https://u.example/@b"}
    )
    assert '<a href="https://u.example/@b" class="u-url mention"' in markup
    assert ">@Bram@Utrecht.example</a>," in markup
    assert markup.count("<a ") == 1 or "nergens.example</a>" in markup


@pytest.mark.parametrize("page", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_the_page_of_whom_is_named_is_not_believed_blindly(page: str) -> None:
    assert wrong_in(render_markdown("@bram@utrecht.example", mentions={"bram@utrecht.example": page})) == []


def test_no_mention_is_made_inside_code() -> None:
    markup = render_markdown("`@bram@utrecht.example`", mentions={"bram@utrecht.example": "https://u.example/@b"})
    assert "u.example/@b" not in markup


def test_accounts_are_found_once_each_and_no_more_than_twenty() -> None:
    assert accounts_in("@A@b.example en @a@B.example, (@c@d.example:8080). mail x@e.example") == [
        "a@b.example", "c@d.example:8080",
    ]  # fmt: skip
    assert len(accounts_in(" ".join(f"@p{number}@b.example" for number in range(50)))) == 20


def test_plain_text_has_the_words_apart() -> None:
    assert plain_text("<p>een</p><p>twee &amp; drie<br>vier</p>") == "een twee & drie vier"


def test_a_line_is_one_line_without_markup() -> None:
    assert clean_line("  een\n<b>twee</b>\t&amp;\u202e drie\x07 ", 50) == "een twee & drie"


@pytest.mark.parametrize("clean", [clean_remote, render_markdown, plain_text, lambda text: clean_line(text, 500)])
@pytest.mark.parametrize(
    "piece", ["<", "<a ", "&", "[", "*", "`", "<b>", "@a@", "](", "> ", "&#", "<!--", "a.", "a-", "://", "(", "<<>"]
)
def test_a_long_text_of_one_piece_is_cleaned_all_the_same(clean: Callable[[str], str], piece: str) -> None:
    """The test run's own limit of time would end it, were the time to grow with more than the length."""
    clean(piece * (20_000 // len(piece)))


_TABLE = "|a|b|\n|-|-|\n"


@pytest.mark.parametrize("piece", ["*a_", "<b>", "![", "- a\n", _TABLE, "<script>"])
def test_more_signs_than_anyone_reads_are_shown_as_they_were_typed(piece: str) -> None:
    source = (piece * (MOST_MARKS + 1))[:100_000]
    markup = render_markdown(source)
    assert markup.startswith("<pre>") and markup.count("<") == 2
    assert html.unescape(markup.removeprefix("<pre>").removesuffix("</pre>")).strip() == source.strip()


def test_text_that_looks_like_markup_is_escaped_and_not_lost() -> None:
    assert html.unescape(plain_text(clean_remote("<p>1 &lt; 2</p>"))) == "1 < 2"
