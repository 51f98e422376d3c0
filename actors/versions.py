"""On which version of a thing a change is based, so that nobody overwrites what somebody else wrote meanwhile.

A form carries the version of what it shows. Who stores a change holds the row first, and compares.
"""

import hashlib
import json


class EditedMeanwhile(Exception):
    """What somebody changes was changed by somebody else since they began."""


def version_of(*parts: object) -> str:
    """Return what a form carries to tell on which version it is based: the same for the same parts, in their order.

    >>> version_of("Wees lief.", ["a"]) == version_of("Wees lief.", ["a"]) != version_of("Wees lief.", [])
    True
    """
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def check_basis(version: str, based_on: str) -> None:
    """Refuse a change that is based on another version than what stands there now. Raises `EditedMeanwhile`."""
    if version != based_on:
        raise EditedMeanwhile("it was changed meanwhile")
