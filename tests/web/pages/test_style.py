"""Colours that can be read: every pair that stands together has enough contrast, in both schemes (WCAG 2.2, 1.4.3)."""

import re

import pytest

from web.render import STATIC_FOLDER

_CSS = (STATIC_FOLDER / "style.css").read_text(encoding="utf-8")
_SOFT = ("good", "partly", "refused", "warm")
_TEXT = [
    *((ink, ground) for ink in ("ink", "muted", "accent") for ground in ("paper", "surface", "accent-soft")),
    *((ink, f"{ground}-soft") for ink in ("ink", "muted", "accent") for ground in _SOFT),
    *((name, ground) for name in _SOFT for ground in (f"{name}-soft", "surface")),
    ("on-accent", "accent"), ("on-accent", "accent-hover"), ("accent-hover", "accent-soft"),
    ("wrong", "surface"), ("wrong", "paper"), ("surface", "wrong"),
]  # fmt: skip
_SHAPES = [("line-strong", "surface"), ("line-strong", "paper"), ("accent", "paper")]


def scheme(dark: bool) -> dict[str, str]:
    """Return the colours by their name."""
    blocks = re.findall(r":root \{(.*?)\}", _CSS, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[0]))
    return colours | (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[1])) if dark else {})


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_and_shapes_can_be_told_from_their_ground(dark: bool) -> None:
    colours = scheme(dark)
    weak = [
        (ink, ground, round(contrast(colours[ink], colours[ground]), 2))
        for pairs, least in ((_TEXT, 4.5), (_SHAPES, 3.0))
        for ink, ground in pairs
        if contrast(colours[ink], colours[ground]) < least
    ]
    assert not weak


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_where_the_focus_is_can_be_seen(dark: bool) -> None:
    colours = scheme(dark)
    for ground in ("paper", "surface", "accent-soft", "accent"):
        # Two rings, a light and a dark one: whatever the ground, one of them stands out.
        assert max(contrast(colours[ring], colours[ground]) for ring in ("focus", "focus-ink")) >= 3, ground


def test_colours_are_named_in_one_place() -> None:
    below = _CSS.partition("/* ---------------------------------------------------------------- ground */")[2]
    assert not re.findall(r"#[0-9a-f]{3,6}\b(?=[;, ])", below.partition("@media print")[0])


def test_every_class_of_the_style_sheet_is_used() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in STATIC_FOLDER.parent.glob("templates/*.html"))
    # These are put together in templates, or come from cleaned HTML.
    composed = re.compile(r"^(phase|verdict|health|step|depth)-|^(link-host|invisible|is-open)$")
    named = set(re.findall(r"\.([a-z][a-z-]*)(?=[^{}]*\{)", re.sub(r"/\*.*?\*/", "", _CSS, flags=re.DOTALL)))
    unused = sorted(name for name in named if not composed.search(name) and not re.search(rf"\b{name}\b", pages))
    assert not unused
