"""The pages of the administration, under ``/beheer``: each for those whose role it takes."""

from web.pages.admin import (
    beginning,
    deciding,
    invitations,
    log,
    organisation,
    overview,
    people,
    retention,
    settings,
    texts,
)

__all__ = [
    "beginning", "deciding", "invitations", "log", "organisation", "overview", "people", "retention", "settings",
    "texts",
]  # fmt: skip
