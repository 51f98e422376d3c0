"""Issues: the list, the page of one, taking part in it, publishing one and changing it."""

from web.pages.issues.changing import change, change_form
from web.pages.issues.contributing import contribute, contribute_elsewhere
from web.pages.issues.moving import move_phase, phase_form, promise, promise_form
from web.pages.issues.overview import overview
from web.pages.issues.page import issue, issue_elsewhere
from web.pages.issues.publishing import form, publish

__all__ = [
    "change", "change_form", "contribute", "contribute_elsewhere", "form", "issue", "issue_elsewhere",
    "move_phase", "overview", "phase_form", "promise", "promise_form", "publish",
]  # fmt: skip
