"""No text that people see stands outside the catalogues; and the search for it finds what it should."""

import pytest

from tests.web.pages import visible_text
from web.render import create_environment

ENVIRONMENT = create_environment()


def found(source: str) -> list[str]:
    macros = visible_text._parameters(ENVIRONMENT)
    return [each.partition(" ")[2] for each in visible_text.in_template("page.html", source, ENVIRONMENT, macros)]


def test_no_template_says_something_that_no_translator_sees() -> None:
    assert list(visible_text.in_templates()) == []


def test_no_code_says_something_that_no_translator_sees() -> None:
    assert list(visible_text.in_code()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        "<p>{{ name }} wrote this</p>",
        '<img src="x" alt="A house">',
        '<input type="submit" value="Send">',
        '<button aria-label="Close">×</button>',
        '<input placeholder="Search">',
        '<meta name="description" content="About us">',
        "<p>{{ 'Open' if is_open else _('Closed') }}</p>",
        "<p>{{ name or 'Nobody' }}</p>",
        "<p>{{ 'by ' ~ name }}</p>",
        '{% from "forms.html" import field with context %}{{ field("name", "Your name") }}',
        '{% from "forms.html" import field with context %}{{ field("name", _("Name"), hint="As others see it") }}',
        '{% from "forms.html" import submit with context %}{{ submit("Send") }}',
        "{% if x %}<p>{% block main %}Something{% endblock %}</p>{% endif %}",
    ],
)
def test_what_no_translator_sees_is_found(source: str) -> None:
    assert found(source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ _('Hello') }}</p>",
        "<p>{% trans name=name %}{{ name }} wrote this{% endtrans %}</p>",
        '<img src="picture.png" alt="">',
        '<p class="narrow small">{{ name }} · {{ day }} – 5 MB</p>',
        '<a href="/kennis"{% if here %} aria-current="page"{% endif %}>{{ _(\'Knowledge\') }}</a>',
        "<script>const word = 'Hello';</script>",
        '<input type="hidden" name="language" value="nl">',
        "<span class=\"{{ 'is-open' if x else 'is-closed' }}\">{{ word }}</span>",
        '{% from "forms.html" import field with context %}{{ field("name", _("Name"), autocomplete="name") }}',
    ],
)
def test_what_is_translated_or_not_seen_is_let_be(source: str) -> None:
    assert found(source) == []
