"""The stylesheet of a theme holds properties with known values, whatever the theme."""

import re

from hypothesis import given
from hypothesis import strategies as st

from actors.instances.theme import COLOURS, FONTS, RADII, STANDARD, Palette, Theme
from tests.actors.instances.test_theme import colours
from web.theme import stylesheet, theme_from, theme_path

themes = st.builds(
    Theme,
    st.builds(Palette, **dict.fromkeys(COLOURS, colours)),
    st.sampled_from(sorted(FONTS)),
    st.sampled_from(sorted(RADII)),
)
_VALUES = "|".join(map(re.escape, ["#[0-9a-f]{6}", *FONTS.values(), *RADII.values()]))
_PROPERTIES = rf"(--samenspraak-[a-z-]+:({_VALUES.replace(re.escape('#[0-9a-f]{6}'), '#[0-9a-f]{6}')});)+"
_SHEET = re.compile(
    rf":root{{{_PROPERTIES}}}@media screen{{:root{{{_PROPERTIES}}}}}"
    rf"@media screen and \(prefers-color-scheme:dark\){{:root{{{_PROPERTIES}}}}}\n"
)


@given(themes)
def test_a_stylesheet_holds_nothing_but_our_properties(theme: Theme) -> None:
    text = stylesheet(theme).decode()
    assert _SHEET.fullmatch(text)
    assert text.count("{") == text.count("}") == 5
    assert re.fullmatch(r"/thema\.[0-9a-f]{10}\.css", theme_path(theme))


@given(st.dictionaries(st.sampled_from([*COLOURS, "font", "radius", "x"]), st.text() | st.none() | st.integers()))
def test_whatever_is_stored_no_text_of_it_reaches_a_stylesheet(chosen: dict[str, object]) -> None:
    theme = theme_from({**Theme(STANDARD).write(), **chosen})
    if theme is not None:
        assert _SHEET.fullmatch(stylesheet(theme).decode())


def test_another_theme_has_another_name() -> None:
    paths = {theme_path(Theme(STANDARD, font, radius)) for font in FONTS for radius in RADII}
    assert len(paths) == len(FONTS) * len(RADII)
