"""A theme is read strictly, measured as WCAG does, and can be read on light and on dark screens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.instances.theme import (
    COLOURS,
    PAIRS,
    STANDARD,
    Colour,
    Palette,
    Theme,
    contrast,
    darkened,
    faint,
    measured,
)

parts = st.integers(0, 255)
colours = st.builds(Colour, parts, parts, parts)
palettes = st.builds(Palette, **dict.fromkeys(COLOURS, colours))


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.478),
        ("#767676", "#ffffff", 4.542), ("#0000ff", "#ffffff", 8.592), ("#ff0000", "#ffffff", 3.998),
        ("#00ff00", "#000000", 15.304), ("#ffff00", "#0000ff", 8.002), ("#595959", "#ffffff", 7.005),
        ("#010101", "#000000", 1.006),
    ],
)  # fmt: skip
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(Colour.parse(one), Colour.parse(other)) == pytest.approx(ratio, abs=0.001)
    assert contrast(Colour.parse(other), Colour.parse(one)) == contrast(Colour.parse(one), Colour.parse(other))


@given(colours)
def test_a_colour_is_read_as_it_is_written(colour: Colour) -> None:
    assert Colour.parse(str(colour)) == Colour.parse(str(colour).upper()) == colour


@given(st.text(max_size=12) | st.from_regex(r"#[0-9a-fA-F]{3,9}"))
def test_nothing_else_is_a_colour(text: str) -> None:
    try:
        colour = Colour.parse(text)
    except ValueError:
        return
    assert str(colour) == text.lower()
    assert len(text) == 7


@pytest.mark.parametrize(
    "text",
    ["", "#fff", "0b5f6d", "#0b5f6d;", " #0b5f6d", "#0b5f6d\n", "#0b5f6g", "red", "#0b5f6d80", "#٠٠٠٠٠٠", "url(x)"],
)
def test_other_ways_to_write_a_colour_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        Colour.parse(text)


@given(palettes)
def test_colours_for_dark_screens_can_always_be_read(light: Palette) -> None:
    dark = darkened(light)
    assert not faint(dark)
    assert dark.surface.luminance < 0.02
    assert dark.header.luminance <= 0.06


def test_the_standard_can_be_read() -> None:
    assert not faint(STANDARD)
    assert [pair for pair, _ in measured(STANDARD)] == list(PAIRS)


@given(palettes)
def test_what_is_too_much_alike_is_named(light: Palette) -> None:
    for pair, ratio in faint(light):
        assert ratio < pair.least
        assert ratio == contrast(getattr(light, pair.front), getattr(light, pair.behind))


def test_a_theme_is_read_as_it_was_written() -> None:
    theme = Theme(STANDARD, "georgia", "none")
    assert Theme.read(theme.write()) == theme
    assert all(isinstance(value, str) for value in theme.write().values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"primary": "#fff"}, {"primary": None}, {"primary": 12}, {"primary": ["#000000"]}, {"font": "comic"},
        {"font": "serif;} body{display:none"}, {"radius": "9rem"}, {"radius": ""}, {"ink": "#ffffff"},
        {"link": "#eeeeee"}, {"header_contrast": "#fefefe"}, {"primary_contrast": "#0b5f6e"}, {"accent": "#fafafa"},
    ],
)  # fmt: skip
def test_a_theme_that_is_wrong_or_cannot_be_read_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"#rrggbb|missing|no such|alike"):
        Theme.read({**Theme(STANDARD).write(), **wrong})


def test_a_theme_with_a_part_missing_is_none() -> None:
    whole = Theme(STANDARD).write()
    for name in whole:
        with pytest.raises(ValueError):
            Theme.read({key: value for key, value in whole.items() if key != name})
