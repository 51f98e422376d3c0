"""The operator's mail server: one connection for several mails, and what each answer means.

==============================  =============  ================================================
answer                          result         because
==============================  =============  ================================================
accepted                        SENT
5xx to the recipient or text    REFUSED        sending the same again changes nothing
4xx to the recipient or text    RETRY          a full box, a server that asks for patience
connection lost in the middle   RETRY          perhaps this mail's own doing
no connection, no TLS, sign-in  SERVER_FAILED  the server would say the same of any mail now;
or sender refused, 421                         also a 5xx: it is put right by the operator
==============================  =============  ================================================
"""

import asyncio
import ipaddress
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from actors.sanitize import clean_line
from federation.transport import tls_context

MAIL_SECONDS: Final = 30.0
"""One mail, with name, connection and answers."""

_LONGEST_ERROR: Final = 300
_MAILS_A_CONNECTION: Final = 100
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}\Z|[0-9A-Fa-f:.]{2,45}\Z")


class Security(StrEnum):
    """How a connection is kept from others' eyes."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


_SCHEMES: Final = {
    "smtps": (Security.TLS, 465),
    "smtp": (Security.STARTTLS, 587),
    "smtp+plain": (Security.NONE, 25),
}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """Read ``smtp://name:password@host:port``. Raises `ValueError`, whose message repeats nothing of the URL.

        ``smtps`` is TLS from the start; ``smtp`` demands STARTTLS, except of this machine; ``smtp+plain`` has
        no TLS, for a relay on one's own network.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError("this is not a URL") from None
        if parts.scheme not in _SCHEMES or not _HOST.match(host):
            raise ValueError("must be smtp://host, smtps://host or smtp+plain://host")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("nothing may stand behind the host and the port")
        security, usual_port = _SCHEMES[parts.scheme]
        if security is Security.STARTTLS and _is_this_machine(host):
            security = Security.NONE
        username, password = unquote(parts.username or ""), unquote(parts.password or "")
        if bool(username) != bool(password):
            raise ValueError("a name and a password go together")
        if password and security is Security.NONE and not _is_this_machine(host):
            raise ValueError("a password is not sent without TLS; use smtp:// or smtps://")
        return cls(host, port or usual_port, security, username, password)


class Result(Enum):
    """What became of handing over one mail."""

    SENT = auto()
    RETRY = auto()
    """Not now, for a reason that may be this mail's own."""
    SERVER_FAILED = auto()
    """Not now, and neither any other mail."""
    REFUSED = auto()
    """Never."""
    TOO_LATE = auto()
    """It was not handed over, because it would be of no use any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result with what is kept of it."""

    result: Result
    status: int | None = None
    error: str = ""


SENT: Final = Outcome(Result.SENT)


class Sender(Protocol):
    """What the mail worker hands mail to."""

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one mail. Whatever happens is an outcome."""
        ...

    async def close(self) -> None:
        """Let go of the connection; the next mail makes a new one."""
        ...


class SmtpSender:
    """Hands mail to an SMTP server, over a connection that is kept while there is mail. One task at a time uses it.

    ``hello`` is the name under which we present ourselves. ``patience`` is the seconds that a mail may take.
    """

    def __init__(
        self, server: SmtpServer, *, hello: str, ca_file: Path | None = None, patience: float = MAIL_SECONDS
    ) -> None:
        self._server = server
        self._hello = hello.partition(":")[0]
        self._patience = patience
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        self._connection: aiosmtplib.SMTP | None = None
        self._sent = 0

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one mail. Whatever happens is an outcome."""
        try:
            async with asyncio.timeout(self._patience):
                kept = self._connection is not None
                outcome = await self._try(sender, recipient, message)
                # A server may have closed a connection that it found long enough: that says nothing about itself.
                if kept and self._connection is None and outcome.result is not Result.REFUSED:
                    outcome = await self._try(sender, recipient, message)
                return outcome
        except TimeoutError:
            result = Result.SERVER_FAILED if self._connection is None else Result.RETRY
            self._drop()
            return Outcome(result, error=f"no answer within {self._patience:g} seconds")
        except BaseException:
            self._drop()  # what was said last is unknown
            raise

    async def close(self) -> None:
        """Let go of the connection, politely where that takes no time."""
        connection = self._connection
        if connection is not None:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await connection.quit(timeout=1.0)
        self._drop()

    async def _try(self, sender: str, recipient: str, message: bytes) -> Outcome:
        if self._sent >= _MAILS_A_CONNECTION:
            await self.close()
        connection = self._connection
        if connection is None:
            try:
                connection = await self._connect()
            except (aiosmtplib.SMTPException, OSError) as error:
                return _failed(Result.SERVER_FAILED, error)
            self._connection = connection
        try:
            await connection.sendmail(sender, [recipient], message)
        except (aiosmtplib.SMTPException, OSError) as error:
            outcome = judge(error)
            if outcome.result is Result.SERVER_FAILED or not connection.is_connected:
                self._drop()
            return outcome
        self._sent += 1
        return SENT

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        if self._tls is None and server.security is not Security.NONE:
            self._tls = await asyncio.to_thread(tls_context, self._ca_file)
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            local_hostname=self._hello,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            tls_context=self._tls,
            timeout=self._patience,
        )
        try:
            await connection.connect()
        except BaseException:
            connection.close()
            raise
        self._sent = 0
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def judge(error: aiosmtplib.SMTPException | OSError) -> Outcome:
    """Return what a failure on an open connection means."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[refused, *_]):
            return _answered(refused)
        case aiosmtplib.SMTPRecipientRefused() | aiosmtplib.SMTPDataError():
            return _answered(error)
        case aiosmtplib.SMTPResponseException():
            return _failed(Result.SERVER_FAILED, error)
        case _:
            return _failed(Result.RETRY, error)


def _answered(error: aiosmtplib.SMTPResponseException) -> Outcome:
    if error.code == 421:
        return _failed(Result.SERVER_FAILED, error)
    return _failed(Result.REFUSED if error.code >= 500 else Result.RETRY, error)


def _failed(result: Result, error: Exception) -> Outcome:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Outcome(result, error.code, clean_line(f"{error.code} {error.message}", _LONGEST_ERROR))
    return Outcome(result, error=clean_line(str(error) or type(error).__name__, _LONGEST_ERROR))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
