"""Pages of outcomes: writing one, picking what it answers, who will hear, corrections, steps, and feedback owed."""

from web.pages.outcomes import correcting, owed, owed_shared, picking, publishing, steps, writing

__all__ = ["correcting", "owed", "owed_shared", "picking", "publishing", "steps", "writing"]
