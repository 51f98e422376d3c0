"""My account: what others see of me, how I sign in, where I am signed in, and what is kept of me."""

from web.pages.account import details, passkeys, profile, security, sessions, totp

__all__ = ["details", "passkeys", "profile", "security", "sessions", "totp"]
