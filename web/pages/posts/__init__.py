"""Posts: the page of one with its thread, answering it, and changing or withdrawing one's own."""

from web.pages.posts.answering import answer
from web.pages.posts.changing import change, change_form
from web.pages.posts.page import post
from web.pages.posts.withdrawing import withdraw

__all__ = ["answer", "change", "change_form", "post", "withdraw"]
