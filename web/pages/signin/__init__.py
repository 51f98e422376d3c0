"""Signing in and out, registering, and coming in by an invitation; see docs/decisions/0013-signing-in.md."""

from web.pages.signin import (
    again,
    elsewhere,
    form,
    invitation,
    leaving,
    mail_link,
    newcomer,
    passkey,
    register,
    reset,
    second_factor,
)

__all__ = [
    "again",
    "elsewhere",
    "form",
    "invitation",
    "leaving",
    "mail_link",
    "newcomer",
    "passkey",
    "register",
    "reset",
    "second_factor",
]
