"""A real mail server on this machine: it keeps what it takes, and refuses, hangs or hangs up when told to."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG = "hang"
HANG_UP = "hang up"


@dataclass
class Received:
    """A mail that was taken."""

    sender: str
    recipient: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain words."""
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def link(self, path: str) -> str:
        """Return the first address in the plain words whose path starts with this one."""
        found = re.search(rf"https?://[^\s/]+({re.escape(path)}[^\s]*)", self.text)
        assert found, f"no link to {path} in: {self.text}"
        return found[1]

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"no {kind} part"
        return str(part.get_content())


class MailServer:
    """Takes mail on a port of loopback. ``mails`` are those taken, in order; ``connections`` counts those made.

    What it answers next can be planned: ``plan_rcpt`` and ``plan_data`` hold answers such as ``"451 later"``,
    `HANG` or `HANG_UP`, used up one a mail; ``always`` is answered when no plan is left.
    """

    def __init__(self) -> None:
        self.mails: list[Received] = []
        self.plan_rcpt: list[str] = []
        self.plan_data: list[str] = []
        self.always: str | None = None
        self.answer_late: Callable[[], float] = lambda: 0.0
        """Seconds between keeping a mail and saying so."""
        self.connections = 0
        self.port = 0
        self._came = asyncio.Event()
        self._released = asyncio.Event()

    @property
    def url(self) -> str:
        """The address as SAMENSPRAAK_SMTP_URL has it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def wait_for(self, count: int = 1, *, to: str | None = None, seconds: float = 20.0) -> list[Received]:
        """Return the mails taken (for an address), once there are so many; fail when they do not come."""
        async with asyncio.timeout(seconds):
            while len(found := [mail for mail in self.mails if to in {None, mail.recipient}]) < count:
                self._came.clear()
                await self._came.wait()
        return found

    async def newest(self, to: str) -> Received:
        """Return the mail for this address that came last, waiting for the first."""
        return (await self.wait_for(1, to=to))[-1]

    # ------------------------------------------------- what the server calls
    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.plan_rcpt.pop(0) if self.plan_rcpt else self.always
        if answer is not None:
            return await self._answer(server, answer)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.plan_data:
            return await self._answer(server, self.plan_data.pop(0))
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        for recipient in envelope.rcpt_tos:
            self.mails.append(Received(str(envelope.mail_from), recipient, message))
        self._came.set()
        if (late := self.answer_late()) > 0:
            await asyncio.sleep(late)
        return "250 taken"

    async def _answer(self, server: SMTP, answer: str) -> str:
        if answer == HANG:
            await self._released.wait()
            return "451 that took long"
        if answer == HANG_UP:
            assert server.transport is not None
            server.transport.abort()
            return "421 never said"
        return answer

    def release(self) -> None:
        """Let what hangs end."""
        self._released.set()


@asynccontextmanager
async def mail_server(*, tls: ssl.SSLContext | None = None, password: str | None = None) -> AsyncIterator[MailServer]:
    """Run a mail server; with ``tls`` it demands STARTTLS, with ``password`` a sign-in as samenspraak."""
    mails = MailServer()

    def sign_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (b"samenspraak", (password or "").encode())
        return AuthResult(success=good, handled=False)

    def protocol() -> SMTP:
        return SMTP(
            mails,
            hostname="mail.example",
            loop=asyncio.get_running_loop(),
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=sign_in if password else None,
            auth_required=password is not None,
            auth_require_tls=tls is not None,
        )

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    mails.port = server.sockets[0].getsockname()[1]
    try:
        yield mails
    finally:
        mails.release()
        server.close()
        await server.wait_closed()
