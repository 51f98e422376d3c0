"""Places by their TOOI identifier: the municipalities that the forms offer by name.

The number in the identifier is the municipality's CBS code. One that is not on this list can still
come from another instance; it is then shown by its code.
"""

from collections.abc import Mapping
from typing import Final

from web.language import Language

_MUNICIPALITY: Final = "https://identifier.overheid.nl/tooi/id/gemeente/"
_NAMES: Final[Mapping[str, str]] = {
    "gm0014": "Groningen", "gm0034": "Almere", "gm0080": "Leeuwarden", "gm0106": "Assen", "gm0114": "Emmen",
    "gm0141": "Almelo", "gm0150": "Deventer", "gm0153": "Enschede", "gm0164": "Hengelo", "gm0193": "Zwolle",
    "gm0200": "Apeldoorn", "gm0202": "Arnhem", "gm0228": "Ede", "gm0268": "Nijmegen", "gm0307": "Amersfoort",
    "gm0344": "Utrecht", "gm0345": "Veenendaal", "gm0355": "Zeist", "gm0361": "Alkmaar", "gm0363": "Amsterdam",
    "gm0392": "Haarlem", "gm0394": "Haarlemmermeer", "gm0402": "Hilversum", "gm0479": "Zaanstad",
    "gm0484": "Alphen aan den Rijn", "gm0502": "Capelle aan den IJssel", "gm0503": "Delft", "gm0505": "Dordrecht",
    "gm0513": "Gouda", "gm0518": "Den Haag", "gm0546": "Leiden", "gm0599": "Rotterdam", "gm0606": "Schiedam",
    "gm0622": "Vlaardingen", "gm0637": "Zoetermeer", "gm0687": "Middelburg", "gm0748": "Bergen op Zoom",
    "gm0758": "Breda", "gm0772": "Eindhoven", "gm0794": "Helmond", "gm0796": "’s-Hertogenbosch", "gm0828": "Oss",
    "gm0855": "Tilburg", "gm0917": "Heerlen", "gm0935": "Maastricht", "gm0957": "Roermond", "gm0983": "Venlo",
    "gm0995": "Lelystad", "gm1674": "Roosendaal", "gm1883": "Sittard-Geleen",
}  # fmt: skip


def place_named(identifier: str | None, language: Language) -> str | None:
    """Return the name of a place, its code when we do not know the name, or None for everywhere."""
    if not identifier:
        return None
    code = identifier.removeprefix(_MUNICIPALITY)
    if code == identifier:
        return None
    return _NAMES.get(code) or language.gettext("municipality %(code)s") % {"code": code[:20].upper()}


def places_to_choose(own: str | None, own_name: str) -> list[tuple[str, str]]:
    """Return the places that a form offers, this instance's own municipality first."""
    places = [(f"{_MUNICIPALITY}{code}", name) for code, name in _NAMES.items()]
    places.sort(key=lambda place: place[1].lstrip("’"))
    if own is None or not own.startswith(_MUNICIPALITY):
        return places
    own_place = (own, _NAMES.get(own.removeprefix(_MUNICIPALITY), own_name))
    return [own_place, *(place for place in places if place[0] != own)]


def is_offered(identifier: str, own: str | None) -> bool:
    """Whether a form offers this place."""
    return identifier == own or identifier.removeprefix(_MUNICIPALITY) in _NAMES
