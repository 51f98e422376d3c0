"""What is sent: how a mail comes to its words, and from those to the bytes that a mail server takes.

Nothing that a person or another server made can add a header: addresses keep to the narrow grammar of
`actors.people.accounts.check_email`, a subject and a name are one line, and the standard library refuses
line ends in headers once more. The body is quoted-printable, so that any relay passes it on unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Any, Final, Protocol

from actors.people.accounts import check_email
from actors.sanitize import clean_line

_LONGEST_SUBJECT: Final = 150
_LONGEST_NAME: Final = 100


class _Whole(BaseHeader):
    """A header that stands on one line as it is: programs that read an address in it know no encoded words."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds |= {"decoded": value, "parse_tree": None}

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_registry = HeaderRegistry()
_registry.map_to_type("list-unsubscribe", _Whole)
_POLICY: Final = SMTP.clone(header_factory=_registry)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A mail that is to be written: its kind, for whom, in which language, and the facts that it tells."""

    id: int
    kind: str
    recipient: str
    language: str
    account_id: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture that stands in the HTML of a mail as ``cid:<name>``."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """The words of a mail. ``unsubscribe`` is where one click ends mail of this kind (RFC 8058)."""

    sender_name: str
    subject: str
    text: str
    html: str
    unsubscribe: str | None = None
    logo: Inline | None = None


class Writer(Protocol):
    """Finds the words of a mail at the moment that it is sent; `web.mail` has the one there is."""

    async def write(self, mail: Addressed) -> Written | None:
        """Return the words, or None when there is nothing left to tell."""
        ...


def compose(mail: Addressed, written: Written, *, sender: str, domain: str, now: datetime) -> bytes:
    """Return the message. The same mail always has the same Message-ID, also when it is sent a second time.

    Raises `EmailError` for an address outside the grammar, `ValueError` for a header that cannot be.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(clean_line(written.sender_name, _LONGEST_NAME), addr_spec=check_email(sender))
    message["To"] = Address(addr_spec=check_email(mail.recipient))
    message["Subject"] = clean_line(written.subject, _LONGEST_SUBJECT)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.id}@{domain.partition(':')[0]}>"
    message["Auto-Submitted"] = "auto-generated"
    if written.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{written.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = mail.language
    if written.logo is not None:
        kind, _, subtype = written.logo.media_type.partition("/")
        html = message.get_payload()[1]  # type: ignore[index]  # the alternative that was just added
        html.add_related(written.logo.content, kind, subtype, cid=f"<{written.logo.name}>")  # type: ignore[union-attr]
    return message.as_bytes()
