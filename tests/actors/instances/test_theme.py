"""A theme is read strictly, measured as WCAG does, and can be read on light and on dark screens."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.instances.theme import (
    COLOURS,
    DARK,
    GREY,
    HOVER,
    LIGHT,
    LINK_HOVER,
    PAIRS,
    STANDARD,
    Colour,
    Palette,
    Theme,
    contrast,
    darkened,
    faint,
    least_contrast,
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
    assert not faint(dark, DARK)
    assert dark.surface.luminance < 0.02
    assert dark.header.luminance <= 0.06


def test_the_standard_can_be_read() -> None:
    assert not faint(STANDARD)
    assert [pair for pair, _ in measured(STANDARD)] == list(PAIRS)


@given(palettes)
def test_what_is_too_much_alike_is_named(light: Palette) -> None:
    for pair, ratio in faint(light):
        assert ratio < pair.least
        assert pair.blamed in COLOURS
        assert ratio == least_contrast(light, pair.front, pair.behind, LIGHT)


def test_what_is_made_of_a_colour_counts_as_well() -> None:
    # Just enough by itself, and too little once it is grey on a tinted ground.
    text = replace(STANDARD, ink=Colour.parse("#767676"))
    assert contrast(text.ink, text.surface) > 4.5
    assert [pair.blamed for pair, _ in faint(text)] == ["ink"]


def test_what_pages_make_of_colours_is_what_is_measured() -> None:
    sheet = (Path(__file__).parents[3] / "web/design/theme.css").read_text(encoding="utf-8")

    def shares(name: str) -> list[float]:
        return [float(found) / 100 for found in re.findall(rf"{name}:[^;]*?(\d+)%", sheet)]

    assert shares("--muted") == [pytest.approx(1 - GREY)]
    assert shares("--primary-hover") == [pytest.approx(1 - HOVER)]
    assert shares("--link-hover") == [pytest.approx(1 - LINK_HOVER)]
    assert shares("--paper-tint") == [pytest.approx(LIGHT.tint)]
    assert shares("--soft-tint") == [pytest.approx(LIGHT.soft), pytest.approx(DARK.soft)]
    assert f"--paper: color-mix(in srgb, var(--surface) {1 - DARK.tint:.0%}, #000);" in sheet
    assert f"--sun: {LIGHT.tinted_with};" in sheet
    found = [
        re.findall(rf"--{name}: (#[0-9a-f]{{6}});", sheet) for name in ("good", "partly", "refused", "late", "wrong")
    ]
    assert [list(map(str, scheme.signals)) for scheme in (LIGHT, DARK)] == [
        list(column) for column in zip(*found, strict=True)
    ]
    chosen = Theme(STANDARD).write()
    for name in COLOURS:
        assert f"--samenspraak-color-{name.replace('_', '-')}: {chosen[name]};" in sheet


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
