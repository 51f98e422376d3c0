"""The theme of the organisation: ten tokens that its administrator sets, and whether people can read them.

A colour is three numbers, never text, so that nothing can reach a stylesheet but what was understood.
What is lighter and darker than what is measured as WCAG 2.2 does (success criteria 1.4.3 and 1.4.11).
The colours for dark screens are made of the chosen ones, so that nobody has to choose them twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
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
    """Lines and marks that draw the eye."""
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
    """Two colours of a palette that stand on each other, and the least contrast between them."""

    front: str
    behind: str
    least: float


PAIRS: Final = (
    Pair("ink", "surface", TEXT),
    Pair("link", "surface", TEXT),
    Pair("primary_contrast", "primary", TEXT),
    Pair("header_contrast", "header", TEXT),
    Pair("primary", "surface", SHAPE),
    Pair("accent", "surface", SHAPE),
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

_DARK_SURFACE: Final = Colour.parse("#1a2225")
_DARK_INK: Final = Colour.parse("#e8ecec")
_DARK_HEADER: Final = 0.06
"""The most luminance that the bar on top has on a dark screen."""
_ROOM: Final = 1.15
"""What dark colours have above the least, for surfaces that are a little lighter than the usual one."""


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


def measured(palette: Palette) -> list[tuple[Pair, float]]:
    """Return the contrast of each pair of a palette."""
    return [(pair, contrast(getattr(palette, pair.front), getattr(palette, pair.behind))) for pair in PAIRS]


def faint(palette: Palette) -> list[tuple[Pair, float]]:
    """Return the pairs that are too much alike, with their contrast."""
    return [(pair, ratio) for pair, ratio in measured(palette) if ratio < pair.least]


@lru_cache(maxsize=64)
def darkened(light: Palette) -> Palette:
    """Return colours for dark screens, made of those for light ones; they can always be read."""
    primary = _lightened(light.primary, _DARK_SURFACE, TEXT * _ROOM)
    header = light.header
    while header.luminance > _DARK_HEADER:
        header = header.mixed(BLACK, _STEP)
    return Palette(
        primary=primary,
        primary_contrast=max(BLACK, WHITE, key=lambda colour: contrast(colour, primary)),
        accent=_lightened(light.accent, _DARK_SURFACE, TEXT * _ROOM),
        link=_lightened(light.link, _DARK_SURFACE, TEXT * _ROOM),
        header=header,
        header_contrast=WHITE,
        surface=_DARK_SURFACE,
        ink=_DARK_INK,
    )


def _lightened(colour: Colour, behind: Colour, least: float) -> Colour:
    share = 0.0
    lighter = colour
    while contrast(lighter, behind) < least or lighter.luminance < behind.luminance:
        share += _STEP
        lighter = colour.mixed(WHITE, min(share, 1.0))
    return lighter


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
