"""The life of an issue as its document tells it: which phases it entered, and which dates of feedback were promised."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.documents.readers import datetime_of, iri_of, objects_of, text_of
from federation.documents.syntax import JsonObject

MAX_REASON: Final = 2_000
_MAX_CHANGES: Final = 20
_MAX_WORD: Final = 50


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """An issue entered a phase at a moment. ``actor`` is who moved it, as the document says."""

    phase: str
    at: datetime
    actor: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Promised:
    """Feedback was promised by a date; ``previous`` is the date that it was moved from."""

    feedback_by: datetime
    previous: datetime | None
    reason: str
    at: datetime


def phase_changes_of(document: JsonObject) -> tuple[PhaseChanged, ...]:
    """The changes of an issue's phase, oldest first: at most 20; one without a phase or a moment is left out."""
    found = {
        (phase, at): PhaseChanged(phase, at, iri_of(item.get("actor")), _reason_of(item))
        for item in objects_of(document.get("phaseChanges"), _MAX_CHANGES)
        if (phase := text_of(item.get("phase"), _MAX_WORD)) and (at := datetime_of(item.get("published")))
    }
    return tuple(sorted(found.values(), key=lambda change: change.at))


def promises_of(document: JsonObject) -> tuple[Promised, ...]:
    """The promised dates of feedback, oldest first: at most 20; one without a date or a moment is left out."""
    found = {
        (day, at): Promised(day, datetime_of(item.get("previous")), _reason_of(item), at)
        for item in objects_of(document.get("promises"), _MAX_CHANGES)
        if (day := datetime_of(item.get("feedbackBy"))) and (at := datetime_of(item.get("published")))
    }
    return tuple(sorted(found.values(), key=lambda promise: promise.at))


def _reason_of(item: JsonObject) -> str:
    return text_of(item.get("reason"), MAX_REASON) or ""
