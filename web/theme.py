"""The theme of the organisation as a stylesheet, under a name that holds its hash.

It sets properties and nothing else, each to a value that was made here of numbers or of a closed list:
no text that somebody typed reaches it.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from actors.instances.theme import FONTS, RADII, Palette, Theme

SUBJECT: Final = "theme"
"""The choice that it is kept under."""

_COLOURS: Final[Mapping[str, str]] = {
    "primary": "primary",
    "primary_contrast": "primary-contrast",
    "accent": "accent",
    "link": "link",
    "header": "header",
    "header_contrast": "header-contrast",
    "surface": "surface",
    "ink": "ink",
}


def theme_from(chosen: Mapping[str, Any]) -> Theme | None:
    """Return the theme that was chosen, or None for the standard look."""
    try:
        return Theme.read(chosen)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def stylesheet(theme: Theme) -> bytes:
    """Return the stylesheet of a theme; it stands after the one of all pages."""
    rest = f"--samenspraak-font:{FONTS[theme.font]};--samenspraak-radius:{RADII[theme.radius]};"
    # On paper the colours of all pages hold: black on white.
    light = f"@media screen{{:root{{{_declared(theme.light)}}}}}"
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{_declared(theme.dark)}}}}}"
    return f":root{{{rest}}}{light}{dark}\n".encode()


def theme_path(theme: Theme) -> str:
    """Return where the stylesheet of a theme is: ``/thema.3f2a91c0d4.css``."""
    return f"/thema.{digest_of(theme)}.css"


def digest_of(theme: Theme) -> str:
    """Return the part of the name that changes with the theme."""
    return hashlib.sha256(stylesheet(theme)).hexdigest()[:10]


def _declared(palette: Palette) -> str:
    return "".join(f"--samenspraak-color-{css}:{getattr(palette, name)};" for name, css in _COLOURS.items())
