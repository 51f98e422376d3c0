"""An issue and a knowledge product that do not exist, to show what pages look like."""

from datetime import UTC, datetime
from typing import Final

from actors.kinds import KnowledgeKind, Phase
from web.language import Language
from web.pages.views import IssueView, ProductView, When, Who
from web.pages.words import KNOWLEDGE_KINDS, PHASES, theme_word

_DAY: Final = datetime(2026, 4, 14, 12, tzinfo=UTC)
_HERE: Final = "#"


def sample_issue(language: Language) -> IssueView:
    """Return an issue for a card."""
    return IssueView(
        path=_HERE,
        title=language.gettext("Young people on the square"),
        question=language.gettext("What do young people need to feel at home in the neighbourhood?"),
        host=Who(language.gettext("Municipality of Voorbeeld"), _HERE),
        phase=Phase.CONVERSATION.value,
        phase_word=language.word(PHASES[Phase.CONVERSATION]),
        themes=[("young-people", theme_word(language, "young-people"))],
        contributions=12,
        outcomes=0,
        promised=sample_day(language),
        overdue=False,
    )


def sample_product(language: Language) -> ProductView:
    """Return a knowledge product for a card."""
    return ProductView(
        path=_HERE,
        title=language.gettext("Ten questions for a good conversation"),
        summary=language.gettext("For everyone who leads a conversation in the neighbourhood."),
        kind=language.word(KNOWLEDGE_KINDS[KnowledgeKind.GUIDE]),
        author=Who(language.gettext("Municipality of Voorbeeld"), _HERE),
        when=sample_day(language),
        themes=[("resilience", theme_word(language, "resilience"))],
        documents=1,
        language=None,
    )


def sample_day(language: Language) -> When:
    """Return a day."""
    return When(language.date_of(_DAY), _DAY.date().isoformat())
