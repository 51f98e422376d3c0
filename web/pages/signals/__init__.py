"""Signals: giving one, one's own with their answers, and the queue of those who speak for the organisation."""

from web.pages.signals import answering, giving, mine, queue

__all__ = ["answering", "giving", "mine", "queue"]
