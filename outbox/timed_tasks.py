"""Everything that is done because a date comes or passes (`outbox.timed`)."""

from typing import Final

from outbox.agreement_reminders import remind_of_agreements
from outbox.feedback_due import feedback_due, steps_late
from outbox.timed import Due

TASKS: Final[tuple[Due, ...]] = (feedback_due, steps_late, remind_of_agreements)
