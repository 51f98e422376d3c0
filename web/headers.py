"""The headers of every answer: what a browser may load, run, send, show and remember of it.

Nothing is loaded from elsewhere and nothing runs inline. A form goes to this site and leads nowhere else, since
browsers hold a redirect after a form to the same rule: to another site people go by a link. Scripts make markup only by
way of the Trusted Types policy `samenspraak`.
"""

from typing import Final

from aiohttp import web

from web.keys import SITE
from web.visitor import visitor_of

_SOURCES: Final = (
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "script-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types samenspraak",
)
_OFF: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read",
    "compute-pressure", "cross-origin-isolated", "display-capture", "encrypted-media", "fullscreen", "gamepad",
    "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts",
    "magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture", "screen-wake-lock",
    "serial", "storage-access", "sync-xhr", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
_OURS: Final = ("clipboard-write", "publickey-credentials-create", "publickey-credentials-get")
"""Copying a link, and passkeys."""

_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join([*(f"{name}=()" for name in _OFF), *(f"{name}=(self)" for name in _OURS)])),
)
_TWO_YEARS: Final = 63_072_000


def content_policy(*, is_https: bool) -> str:
    """Return the Content-Security-Policy of pages.

    >>> content_policy(is_https=True).rpartition("; ")[2]
    'upgrade-insecure-requests'
    """
    return "; ".join([*_SOURCES, *(["upgrade-insecure-requests"] if is_https else [])])


def put_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put on an answer what it does not say itself."""
    headers = response.headers
    is_https = request.app[SITE].base_url.startswith("https:")
    for name, value in _HEADERS:
        headers.setdefault(name, value)
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = content_policy(is_https=is_https)
    if "Cross-Origin-Resource-Policy" not in headers:
        # Documents are for other servers, and for programs in browsers; pages are for people here.
        is_page = headers.get("Content-Type", "").startswith("text/html")
        headers["Cross-Origin-Resource-Policy"] = "same-origin" if is_page else "cross-origin"
    headers.setdefault("Vary", "Accept")
    if "Cache-Control" not in headers:
        anyone = visitor_of(request).is_anyone
        headers["Cache-Control"] = "no-cache" if anyone and response.status < 400 else "private, no-store"
    if is_https:
        headers.setdefault("Strict-Transport-Security", f"max-age={_TWO_YEARS}; includeSubDomains")
