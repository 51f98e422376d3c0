"""Colours that can be read: every pair that stands together has enough contrast, in both schemes (WCAG 2.2, 1.4.3)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.instances.theme import STANDARD, Colour, contrast
from web.static_files import BUILT_FOLDER

_DESIGN = Path(__file__).parents[3] / "web/design"
_THEME = (_DESIGN / "theme.css").read_text(encoding="utf-8")
_SOFT = ("good", "partly", "refused", "late", "wrong")
_TEXT = [
    *((ink, ground) for ink in ("ink", "muted", "link") for ground in ("paper", "surface", "primary-soft")),
    ("link-hover", "surface"), ("link-hover", "primary-soft"),
    *((ink, f"{ground}-soft") for ink in ("ink", "muted", "link") for ground in _SOFT),
    *((name, ground) for name in _SOFT for ground in (f"{name}-soft", "surface", "paper")),
    ("accent", "surface"), ("late", "paper"), ("on-primary", "primary"), ("on-primary", "primary-hover"),
    ("on-deep", "deep"), ("surface", "wrong"), ("focus-ink", "focus"),
    ("samenspraak-color-header-contrast", "samenspraak-color-header"),
]  # fmt: skip
_SHAPES = [("line-strong", "surface"), ("line-strong", "paper"), ("primary", "paper"), ("primary", "surface")]


def declared(dark: bool) -> dict[str, str]:
    """Return what the properties are set to; the later count."""
    found: dict[str, str] = {}
    for condition, block in re.findall(r"(@media[^{]*\{\s*)?:root \{(.*?)\}", _THEME, re.DOTALL):
        if not condition or (dark and "dark" in condition):
            found |= dict(re.findall(r"--([a-z-]+): ([^;]+);", block))
    return found


def resolver(dark: bool) -> Callable[[str], Colour]:
    """Return what works out a property as a browser does."""
    values = declared(dark)

    def colour(value: str) -> Colour:
        value = value.strip()
        if found := re.fullmatch(r"var\(--([a-z-]+)\)", value):
            return colour(values[found[1]])
        if value.startswith("#"):
            return Colour.parse(value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:]))
        first, share, second = re.fullmatch(r"color-mix\(in srgb, (.+?) (\S+), (.+)\)", value).groups()  # type: ignore[union-attr]
        if found := re.fullmatch(r"var\(--([a-z-]+)\)", share):
            share = values[found[1]]
        return colour(second).mixed(colour(first), float(share.removesuffix("%")) / 100)

    return lambda name: colour(values[name])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_and_shapes_can_be_told_from_their_ground(dark: bool) -> None:
    colour = resolver(dark)
    weak = [
        (ink, ground, round(contrast(colour(ink), colour(ground)), 2))
        for pairs, least in ((_TEXT, 4.5), (_SHAPES, 3.0))
        for ink, ground in pairs
        if contrast(colour(ink), colour(ground)) < least
    ]
    assert not weak


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_where_the_focus_is_can_be_seen(dark: bool) -> None:
    colour = resolver(dark)
    for ground in ("paper", "surface", "primary-soft", "primary", "deep"):
        # Two rings, a light and a dark one: whatever the ground, one of them stands out.
        assert max(contrast(colour(ring), colour(ground)) for ring in ("focus", "focus-ink")) >= 3, ground


def test_the_standard_theme_is_what_administrators_start_from() -> None:
    colour = resolver(dark=False)
    for name in STANDARD.__slots__:
        assert colour(f"samenspraak-color-{name.replace('_', '-')}") == getattr(STANDARD, name), name


def test_colours_are_named_in_one_place() -> None:
    for path in _DESIGN.glob("*.css"):
        if path.name != "theme.css":
            named = set(re.findall(r"#[0-9a-f]{3,6}\b(?=[;, )])", path.read_text(encoding="utf-8")))
            assert not named - _FIXED, path.name


# White, black, and ink on the sun; the tones of drawn covers.
_FIXED = {"#fff", "#000", "#14191b", "#b9483a", "#5b7d4b"}


def test_every_class_of_our_style_sheets_is_used() -> None:
    built = (BUILT_FOLDER / "style.css").read_text(encoding="utf-8")
    unused = []
    for path in _DESIGN.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        names = set(re.findall(r"\.([a-z][a-z_-]*)(?=[^{}]*\{)", text))
        unused += [f"{path.name}: {name}" for name in names if not re.search(rf"\.{name}\b", built)]
    assert not sorted(unused)
