"""What templates print: words, addresses and dates, ready and in the language of the page."""

from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

_NOTHING: Final = Markup("")


@dataclass(slots=True)
class Who:
    """Someone who says or hosts something; ``account`` and ``instance`` are empty for who lives here."""

    name: str
    path: str
    account: str = ""
    instance: str = ""
    avatar: str | None = None
    """The path of a small picture of them, for who lives here and has one."""


@dataclass(slots=True)
class When:
    """A moment as people read it, and as machines do."""

    text: str
    stamp: str


@dataclass(slots=True)
class PictureView:
    """A picture that lies here. ``srcset`` is empty when there are no smaller ones; ``full`` is the whole picture."""

    url: str
    alt: str
    """Empty when it is there for its looks only."""
    width: int
    height: int
    srcset: str
    full: str


@dataclass(slots=True)
class IssueView:
    """An issue in a list."""

    path: str
    title: str
    question: str
    host: Who | None
    phase: str
    phase_word: str
    themes: list[tuple[str, str]]
    contributions: int
    outcomes: int
    promised: When | None
    overdue: bool
    phase_number: int = 1
    """Which of the five phases it is in."""
    missing: list[str] = field(default_factory=list)
    """The perspectives that it still asks for, in words; empty once feedback was given."""
    language: str | None = None
    """In which language it is, when that is another than the page's."""


@dataclass(slots=True)
class ProductView:
    """A knowledge product in a list."""

    path: str
    title: str
    summary: str
    kind: str
    author: Who
    when: When
    themes: list[tuple[str, str]]
    documents: int
    language: str | None
    cover: PictureView | None = None
    kind_name: str = "guide"
    """The kind as code names it: which drawing stands on a cover without a picture."""


@dataclass(slots=True)
class OutcomeView:
    """An outcome in a list."""

    path: str
    title: str
    summary: str
    author: Who
    issue: Who
    when: When
    verdicts: list[tuple[str, str, int]]
    language: str | None


@dataclass(slots=True)
class VerdictView:
    """What was done with a contribution, why, and where that is told."""

    verdict: str
    word: str
    reason: str
    path: str
    when: When | None


@dataclass(slots=True)
class FileView:
    """A document or picture; ``host`` is set when it is another server's."""

    url: str
    name: str
    facts: str
    host: str


@dataclass(slots=True)
class Voice:
    """A post in a conversation."""

    id: int
    path: str
    depth: int = 0
    who: Who | None = None
    when: When | None = None
    changed: When | None = None
    title: str = ""
    warning: str = ""
    content: Markup = _NOTHING
    language: str | None = None
    files: list[FileView] = field(default_factory=list)
    pictures: list[PictureView] = field(default_factory=list)
    cover: PictureView | None = None
    """The picture on the cover of a knowledge product."""
    verdicts: list[VerdictView] = field(default_factory=list)
    options: list[tuple[str, int]] = field(default_factory=list)
    votes: int = 0
    starts: When | None = None
    ends: When | None = None
    place: str = ""
    answers_to: Who | None = None
    """Who is answered, when that does not stand right above."""
    said_in: Who | None = None
    """Where it was said, when the page is about its author."""
    is_mine: bool = False
    """Whether the reader may withdraw it: they said it, or speak for who did."""
    change_path: str = ""
    """Where the reader may change it."""
    speaks_as: str = ""
    """From which perspective its author chose to speak, in words."""
    placed_by: str = ""
    """Who placed it for the organisation; for those who speak for it."""
    is_here: bool = False
    """Whether the page is about this very post."""
    is_opening: bool = False
    """Whether it is the host's first post, which says what the page says already."""
    origin: str | None = None


@dataclass(slots=True)
class ThreadView:
    """A first post and the answers to it; ``is_cut`` when there are more than these."""

    root: Voice
    answers: list[Voice]
    is_cut: bool
