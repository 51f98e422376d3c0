"""Every text of the interface exists in Dutch, complete, and with the words of docs/words.md."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.web.pages.messages import interface_texts
from web.language import Languages, catalogues_of
from web.pages import words

_ROOT = Path(__file__).parents[3]
_HOLE = re.compile(r"%\(\w+\)s|%%")


@pytest.fixture(scope="module")
def dutch() -> Catalog:
    whole = Catalog(locale="nl")
    for path in catalogues_of("nl"):
        with path.open("rb") as file:
            for message in read_po(file, locale="nl"):
                if message.id:
                    assert whole.get(_first(message.id), message.context) is None, f"{path.name}: {message.id!r}, twice"
                    whole[message.id] = message
    return whole


def test_every_text_is_there_in_dutch(dutch: Catalog) -> None:
    missing = [
        f"{where}: {text}"
        for (context, text), (_, where) in interface_texts().items()
        if not (message := dutch.get(text, context)) or message.fuzzy or not all(_forms(message.string))
    ]
    assert not missing


def test_the_catalogue_holds_nothing_that_is_not_used(dutch: Catalog) -> None:
    used = set(interface_texts())
    unused = [message.id for message in dutch if message.id and (message.context, _first(message.id)) not in used]
    assert not unused
    assert not dutch.obsolete


def test_what_is_filled_in_is_the_same_in_dutch(dutch: Catalog) -> None:
    differ = [
        message.id
        for message in dutch
        if message.id
        for text, dutch_text in zip(_forms(message.id), _forms(message.string), strict=True)
        if message.id and sorted(_HOLE.findall(text)) != sorted(_HOLE.findall(dutch_text))
    ]
    assert not differ


def test_plural_texts_have_both_forms(dutch: Catalog) -> None:
    for (context, text), (plural, where) in interface_texts().items():
        message = dutch.get(text, context)
        assert message is not None, where
        assert isinstance(message.id, tuple) == (plural is not None), where


def test_the_interface_speaks_of_you_as_je(dutch: Catalog) -> None:
    formal = re.compile(r"\b(u|uw|gebruiker|gebruikers|doelgroep|input|output|stakeholder)\b", re.IGNORECASE)
    assert not [message.id for message in dutch if any(formal.search(form) for form in _forms(message.string))]


@pytest.mark.parametrize(
    ("heading", "marked"),
    [
        ("## Phases of an issue", words.PHASES),
        ("## Themes", words.THEMES),
        ("## Perspectives", words.PERSPECTIVES),
        ("## Kinds of knowledge product", words.KNOWLEDGE_KINDS),
        ("## What was done with it", words.VERDICTS),
    ],
)
def test_words_of_closed_lists_are_those_of_the_glossary(heading: str, marked: dict[str, tuple[str, str]]) -> None:
    language = Languages.load()["nl"]
    section = (_ROOT / "docs/words.md").read_text(encoding="utf-8").split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]
    glossary = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+?) \|", section, re.MULTILINE))
    assert {str(key): language.word(word) for key, word in marked.items()} == glossary


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _first(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]
