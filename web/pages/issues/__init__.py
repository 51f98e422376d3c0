"""Issues: the list, the page of one, taking part in it, and publishing one."""

from web.pages.issues.contributing import contribute, contribute_elsewhere
from web.pages.issues.overview import overview
from web.pages.issues.page import issue, issue_elsewhere
from web.pages.issues.publishing import form, publish

__all__ = ["contribute", "contribute_elsewhere", "form", "issue", "issue_elsewhere", "overview", "publish"]
