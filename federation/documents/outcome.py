"""What an outcome has besides a text and answers: which version it is, what was corrected, and what follows from it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.documents.readers import datetime_of, objects_of, text_of, whole_of
from federation.documents.syntax import JsonObject

_MOST_STEPS: Final = 20
_MOST_CORRECTIONS: Final = 20
_HIGHEST: Final = 1_000_000
_LONGEST: Final = 1_000
_NUMBER: Final = re.compile(r"#stap-([1-9][0-9]{0,5})\Z")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A step that follows: ``number`` tells it apart within its outcome; ``done`` is None while it is open."""

    number: int
    what: str
    who: str
    due: datetime | None
    is_done: bool
    done: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """An outcome became this version then, for this reason."""

    version: int
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeParts:
    """The parts of an outcome; ``version`` is None where its server counts none. ``corrections`` are in their order."""

    version: int | None
    corrections: tuple[Corrected, ...]
    steps: tuple[FollowUp, ...]


def outcome_parts_of(document: JsonObject) -> OutcomeParts:
    """Read what is our own in the document of an outcome; what makes no sense is left out."""
    corrections = {
        version: Corrected(version, since, text_of(item.get("reason"), _LONGEST) or "")
        for item in objects_of(document.get("corrections"), _MOST_CORRECTIONS)
        if (version := _version(item)) is not None and (since := datetime_of(item.get("published"))) is not None
    }
    steps: dict[int, FollowUp] = {}
    for place, item in enumerate(objects_of(document.get("followUp"), _MOST_STEPS), 1):
        if (step := _step(item, place)) is not None:
            steps.setdefault(step.number, step)
    return OutcomeParts(
        _version(document),
        tuple(corrections[version] for version in sorted(corrections)),
        tuple(steps[number] for number in sorted(steps)),
    )


def _version(document: JsonObject) -> int | None:
    version = whole_of(document.get("version"))
    return version if version is not None and 1 <= version <= _HIGHEST else None


def _step(item: JsonObject, place: int) -> FollowUp | None:
    what = text_of(item.get("name"), _LONGEST)
    if not what:
        return None
    identifier = item.get("id")
    found = _NUMBER.search(identifier) if type(identifier) is str else None
    return FollowUp(
        number=int(found[1]) if found else place,
        what=what,
        who=text_of(item.get("responsible"), _LONGEST) or "",
        due=datetime_of(item.get("endTime")),
        is_done=item.get("status") == "done",
        done=datetime_of(item.get("done")),
        note=text_of(item.get("content"), _LONGEST) or "",
    )
