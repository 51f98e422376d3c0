"""The theme of the organisation: ten tokens that its administrator sets, and whether people can read them.

A colour is three numbers, never text, so that nothing can reach a stylesheet but what was understood.
What is lighter and darker than what is measured as WCAG 2.2 does (success criteria 1.4.3 and 1.4.11),
also of the colours that pages make of the chosen ones: grey text, tinted grounds (``web/design/theme.css``).
The colours for dark screens are made of the chosen ones, so that nobody has to choose them twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Final, Self

TEXT: Final = 4.5
"""The least contrast of text with what is behind it."""
SHAPE: Final = 3.0
"""The least contrast of a button or a line with what is around it."""

_HEX = re.compile(r"#[0-9a-f]{6}\Z")
_STEP: Final = 0.02


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour in sRGB, each part from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``#rrggbb``, in upper or lower case. Raises `ValueError` for everything else.

        >>> str(Colour.parse("#0B5F6D"))
        '#0b5f6d'
        """
        lowered = text.lower()
        if not _HEX.match(lowered):
            raise ValueError("a colour is written as #rrggbb")
        return cls(*(int(lowered[place : place + 2], 16) for place in (1, 3, 5)))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """The relative luminance, from 0 (black) to 1 (white)."""
        red, green, blue = (_linear(part / 255) for part in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def mixed(self, other: "Colour", share: float) -> "Colour":
        """Return this colour with a share of another in it."""
        parts = zip((self.red, self.green, self.blue), (other.red, other.green, other.blue), strict=True)
        return Colour(*(round(mine + (theirs - mine) * share) for mine, theirs in parts))


WHITE: Final = Colour(255, 255, 255)
BLACK: Final = Colour(0, 0, 0)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21.

    >>> contrast(BLACK, WHITE), round(contrast(Colour.parse("#767676"), WHITE), 2)
    (21.0, 4.54)
    """
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme, light or dark."""

    primary: Colour
    """Buttons, and what else is there to be pressed."""
    primary_contrast: Colour
    """Text on buttons."""
    accent: Colour
    """Short words and lines that draw the eye."""
    link: Colour
    header: Colour
    """The bar on top of each page."""
    header_contrast: Colour
    """Name and menu in that bar."""
    surface: Colour
    """What texts stand on."""
    ink: Colour
    """Text."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What stands on what, and the least contrast between them.

    Both are names of a chosen colour and what is made of it, or ``signals``; ``blamed`` is the one to choose anew.
    """

    front: str
    behind: str
    least: float
    blamed: str


PAIRS: Final = (
    Pair("ink", "grounds", TEXT, "ink"),
    Pair("link", "grounds", TEXT, "link"),
    Pair("accent", "surface", TEXT, "accent"),
    Pair("primary_contrast", "primary", TEXT, "primary_contrast"),
    Pair("header_contrast", "header", TEXT, "header_contrast"),
    Pair("primary", "surface", SHAPE, "primary"),
    Pair("signals", "surface", TEXT, "surface"),
)

COLOURS: Final = tuple(field.name for field in fields(Palette))
FONTS: Final[Mapping[str, str]] = {
    "noto-sans": '"Noto Sans", system-ui, sans-serif',
    "system": "system-ui, sans-serif",
    "arial": 'Arial, "Liberation Sans", sans-serif',
    "verdana": 'Verdana, "DejaVu Sans", sans-serif',
    "georgia": 'Georgia, "DejaVu Serif", serif',
}
"""Fonts that come with the pages or with people's devices; nothing is loaded from elsewhere."""
RADII: Final[Mapping[str, str]] = {"none": "0", "small": "0.25rem", "medium": "0.5rem", "large": "1rem"}

GREY: Final = 0.24
"""How much of the ground is in grey text."""
HOVER: Final = 0.18
"""How much of the text colour is in a button that is pointed at."""
LINK_HOVER: Final = 0.30


@dataclass(frozen=True, slots=True)
class Scheme:
    """What pages add to a palette on light or on dark screens, as ``web/design/theme.css`` has it."""

    tinted_with: Colour
    tint: float
    """The ground of the page is the surface with so much of a colour in it."""
    soft: float
    """Marked parts are the surface with so much of the primary colour in it."""
    signals: tuple[Colour, ...]
    """What good, partly, refused, late and wrong look like."""


LIGHT: Final = Scheme(
    Colour.parse("#e39a2d"),
    0.03,
    0.09,
    tuple(map(Colour.parse, ("#1a6637", "#745500", "#74364c", "#9a3b0c", "#b3261e"))),
)
DARK: Final = Scheme(
    BLACK, 0.30, 0.14, tuple(map(Colour.parse, ("#8ed9a7", "#ecca69", "#eaabbf", "#ffb27f", "#ff9d94")))
)

_DARK_SURFACE: Final = Colour.parse("#1a2225")
_DARK_INK: Final = Colour.parse("#e8ecec")
_DARK_HEADER: Final = 0.06
"""The most luminance that the bar on top has on a dark screen."""
_BRIGHT: Final = 0.5
"""A bar of more luminance than this is no colour to keep on a dark screen."""
_ROOM: Final = 1.2
"""How far what was lightened is above the least."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What the organisation chose: colours for light screens, a font, and how round corners are."""

    light: Palette
    font: str = "noto-sans"
    radius: str = "medium"

    @classmethod
    def read(cls, chosen: Mapping[str, Any]) -> Self:
        """Read what `write` wrote. Raises `ValueError` for anything else, also for a theme that cannot be read."""
        colours = {}
        for name in COLOURS:
            text = chosen.get(name)
            if not isinstance(text, str):
                raise ValueError(f"{name} is missing")
            colours[name] = Colour.parse(text)
        font, radius = chosen.get("font"), chosen.get("radius")
        if font not in FONTS or radius not in RADII:
            raise ValueError("no such font or corner")
        theme = cls(Palette(**colours), str(font), str(radius))
        if faint(theme.light):
            raise ValueError("colours that are too much alike")
        return theme

    def write(self) -> dict[str, str]:
        """Return the theme as text, to be stored."""
        colours = {name: str(getattr(self.light, name)) for name in COLOURS}
        return {**colours, "font": self.font, "radius": self.radius}

    @property
    def dark(self) -> Palette:
        """The colours for dark screens."""
        return darkened(self.light)


STANDARD: Final = Palette(
    primary=Colour.parse("#0b5f6d"),
    primary_contrast=WHITE,
    accent=Colour.parse("#9a3b0c"),
    link=Colour.parse("#0b5f6d"),
    header=WHITE,
    header_contrast=Colour.parse("#1b2427"),
    surface=WHITE,
    ink=Colour.parse("#1b2427"),
)
"""What pages look like when nothing was chosen, as a start to choose from."""


def measured(palette: Palette, scheme: Scheme = LIGHT) -> list[tuple[Pair, float]]:
    """Return the contrast of each pair of a palette, where it is least."""
    return [(pair, least_contrast(palette, pair.front, pair.behind, scheme)) for pair in PAIRS]


def faint(palette: Palette, scheme: Scheme = LIGHT) -> list[tuple[Pair, float]]:
    """Return the pairs that are too much alike, with their contrast."""
    return [(pair, ratio) for pair, ratio in measured(palette, scheme) if ratio < pair.least]


def least_contrast(palette: Palette, front: str, behind: str, scheme: Scheme) -> float:
    """Return the least contrast of a colour, and what is made of it, with what it stands on."""
    fronts, grounds = _shades(palette, front, scheme), _shades(palette, behind, scheme)
    return min(contrast(one, other) for one in fronts for other in grounds)


def _shades(palette: Palette, name: str, scheme: Scheme) -> tuple[Colour, ...]:
    """Return a colour of a palette with what pages make of it."""
    match name:
        case "ink":
            return palette.ink, palette.ink.mixed(palette.surface, GREY)
        case "link":
            return palette.link, palette.link.mixed(palette.ink, LINK_HOVER)
        case "surface":
            return palette.surface, palette.surface.mixed(scheme.tinted_with, scheme.tint)
        case "grounds":
            return *_shades(palette, "surface", scheme), palette.surface.mixed(palette.primary, scheme.soft)
        case "primary":
            return palette.primary, palette.primary.mixed(palette.ink, HOVER)
        case "signals":
            return scheme.signals
        case _:
            return (getattr(palette, name),)


@lru_cache(maxsize=64)
def darkened(light: Palette) -> Palette:
    """Return colours for dark screens, made of those for light ones; they can always be read."""
    header = light.header if light.header.luminance < _BRIGHT else _DARK_SURFACE
    dark = replace(light, surface=_DARK_SURFACE, ink=_DARK_INK, header=header, header_contrast=WHITE)
    while dark.header.luminance > _DARK_HEADER:
        dark = replace(dark, header=dark.header.mixed(BLACK, _STEP))
    for name, behind in (("primary", "surface"), ("link", "grounds"), ("accent", "surface")):
        dark = _lightened(dark, name, behind)
    best = max((BLACK, WHITE), key=lambda colour: _on_buttons(replace(dark, primary_contrast=colour)))
    return replace(dark, primary_contrast=best)


def _lightened(dark: Palette, name: str, behind: str) -> Palette:
    chosen: Colour = getattr(dark, name)
    share = 0.0
    while (
        least_contrast(dark, name, behind, DARK) < TEXT * _ROOM
        or getattr(dark, name).luminance < dark.surface.luminance
    ):
        share += _STEP
        dark = replace(dark, **{name: chosen.mixed(WHITE, min(share, 1.0))})
    return dark


def _on_buttons(palette: Palette) -> float:
    return least_contrast(palette, "primary_contrast", "primary", DARK)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
