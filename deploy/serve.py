"""Running an instance: one process or more, each with the pages and the workers, or workers alone.

The parent takes the port before it forks, so that a port in use is one clear line and not one a
process. It starts a child again that ends unasked, and ends them all when it is told to end.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Protocol

import uvloop
from aiohttp import web

from deploy.settings import Settings
from deploy.shown import Shown, shown
from deploy.wiring import NotReady, Parts, check_initialised, wire
from inbox.authenticate import Authenticator
from inbox.caretaker import Caretaker
from inbox.receive import Receiver
from inbox.worker import ArrivalWorker
from outbox.mail.notifier import Notifier
from outbox.mail.worker import MailWorker
from outbox.timed import TimedWork
from outbox.timed_tasks import TASKS
from outbox.worker import DeliveryWorker
from web.app import Resources, create_app
from web.limits import Limits
from web.mail.writer import MailWriter
from web.oidc.provider import Provider
from web.static_files import NotBuilt, static_files

log = logging.getLogger(__name__)

_RESTART_SECONDS = 1.0
_GRACE_SECONDS = 10.0


def bind(settings: Settings) -> socket.socket:
    """Take the address to listen on. Raises `NotReady` when that is impossible, or there is nothing to show there."""
    try:
        static_files()
    except NotBuilt as error:
        raise NotReady(str(error)) from None
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise NotReady(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None
    listening.listen(1024)
    listening.setblocking(False)
    return listening


def run(settings: Settings, processes: int, listening: socket.socket | None, *, workers: bool) -> None:
    """Run the instance until it is told to end: its pages on the socket, if given, and its ``workers``, if asked."""
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )

    def work() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_process(settings, listening, workers, shown(settings, processes=processes)))

    if processes == 1:
        work()
    else:
        _supervise(processes, work)


async def _process(settings: Settings, listening: socket.socket | None, workers: bool, settings_shown: Shown) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(wire(settings))
        await check_initialised(parts.database)
        await stack.enter_async_context(parts.wakeups.watch())
        tasks = [asyncio.create_task(worker.run(stop)) for worker in (_workers(parts) if workers else ())]
        if listening is not None:
            receiver = await _serve_web(stack, parts, listening, settings_shown)
            stack.push_async_callback(receiver.close)
            log.info("%s listens on %s:%d", parts.site.base_url, settings.host, settings.port)
        # What was loaded to get here stays: it need not be looked through at each collection.
        gc.collect()
        gc.freeze()
        await stop.wait()
        log.info("ending")
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), _GRACE_SECONDS)


class _Worker(Protocol):
    async def run(self, stop: asyncio.Event) -> None: ...


def _workers(parts: Parts) -> tuple[_Worker, ...]:
    return (
        ArrivalWorker(parts.database, parts.site, parts.resolver, parts.wakeups, parts.policies),
        DeliveryWorker(parts.database, parts.site, parts.keys, parts.client, parts.wakeups),
        Caretaker(parts.database, parts.client, parts.documents, parts.site, parts.backfill),
        TimedWork(parts.database, parts.site, TASKS),
        *_mail_workers(parts),
    )


def _mail_workers(parts: Parts) -> tuple[_Worker, ...]:
    server = parts.smtp_sender()
    if server is None:
        return ()
    writer = MailWriter(parts.database, parts.site, parts.vault, parts.documents, parts.wakeups)
    return (
        MailWorker(
            parts.database, parts.vault, writer, server, parts.wakeups,
            sender=parts.settings.mail_from, domain=parts.site.domain,
        ),
        Notifier(parts.database, parts.vault, parts.wakeups),
    )  # fmt: skip


async def _serve_web(stack: AsyncExitStack, parts: Parts, listening: socket.socket, settings_shown: Shown) -> Receiver:
    authenticator = Authenticator(parts.database, parts.site, parts.resolver, parts.policies)
    receiver = Receiver(parts.database, parts.site, authenticator)
    settings = parts.settings
    app = create_app(
        Resources(
            site=parts.site,
            database=parts.database,
            keys=parts.keys,
            vault=parts.vault,
            resolver=parts.resolver,
            documents=parts.documents,
            wakeups=parts.wakeups,
            authenticator=authenticator,
            receiver=receiver,
            backfill=parts.backfill,
            limits=Limits(enabled=settings.rate_limits, proxies=settings.trusted_proxies),
            require_mfa=settings.require_mfa,
            show_style=settings.style_page,
            providers=[Provider(ours, parts.client) for ours in settings.providers],
            settings_shown=settings_shown,
            can_mail=settings.smtp is not None,
        )
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, keepalive_timeout=75, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listening).start()
    return receiver


def _supervise(processes: int, work: Callable[[], None]) -> None:
    children: dict[int, float] = {}
    ending = False

    def end(_number: int, _frame: object) -> None:
        nonlocal ending
        ending = True
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    for _ in range(processes):
        children[_start(work)] = time.monotonic()
    while children:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return
        started = children.pop(pid, None)
        if ending or started is None:
            continue
        code = os.waitstatus_to_exitcode(status)
        if time.monotonic() - started < _RESTART_SECONDS and code > 0:
            # It cannot start at all: starting it again would only repeat its message for ever.
            end(0, None)
            sys.exit(code)
        log.error("process %d ended with %d; starting another", pid, code)
        children[_start(work)] = time.monotonic()


def _start(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = 1
    try:
        work()
        code = 0
    except NotReady as error:
        sys.stderr.write(f"samenspraak: {error}\n")
    except Exception:
        log.exception("a process failed")
    finally:
        sys.stderr.flush()
        os._exit(code)
