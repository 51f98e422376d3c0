"""The pages of roles on issues: offering and applying, answering, the link of a message, and all that are one's own."""

from web.pages.roles import joining, link, mine, offering, one

__all__ = ["joining", "link", "mine", "offering", "one"]
