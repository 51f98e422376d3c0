"""The pages of agreements: reading one, proposing and changing one, answering, and the part on the page of an issue."""

from web.pages.agreements.answering import decline, happened, say_what_became, sign
from web.pages.agreements.changing import change, change_form
from web.pages.agreements.page import agreement, version
from web.pages.agreements.proposing import form, form_elsewhere, propose, propose_elsewhere

__all__ = [
    "agreement",
    "change",
    "change_form",
    "decline",
    "form",
    "form_elsewhere",
    "happened",
    "propose",
    "propose_elsewhere",
    "say_what_became",
    "sign",
    "version",
]
