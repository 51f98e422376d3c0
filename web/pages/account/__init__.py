"""My account: what others see of me, how I sign in, where I am signed in, and what is kept of me."""

from web.pages.account import details, elsewhere, mail_wishes, passkeys, profile, security, sessions, totp

__all__ = ["details", "elsewhere", "mail_wishes", "passkeys", "profile", "security", "sessions", "totp"]
