"""Signals (signalen): a private word to an organisation about something that was noticed, and what came of it."""
