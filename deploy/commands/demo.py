"""The demo: three instances on this machine, a story that federates, and then yours to use."""

import asyncio
import signal
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from sqlalchemy import func, select

from actors.database import Database
from deploy.commands.making import make_organisation, tooi_uri
from deploy.demo.content import InstanceContent, Story, read_story
from deploy.demo.processes import Servers, environment_of
from deploy.demo.progress import Progress as Told
from deploy.demo.story import PASSWORD, Narrator
from deploy.migrate import upgrade_database
from deploy.settings import Settings
from deploy.wiring import NotReady, Parts, wire
from outbox.tables import Delivery, DeliveryState

_DRAIN_SECONDS = 20.0


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path(".demo"), show_default=True)
@click.option("--once", is_flag=True, help="Tell the story and end, instead of running until interrupted.")
def demo(folder: Path, once: bool) -> None:
    """Run three federated instances on this machine, filled with a story."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(f"{folder} cannot be written: {error.strerror}") from None
    asyncio.run(_demo(Console(), folder.absolute(), once=once))


async def _demo(console: Console, folder: Path, *, once: bool) -> None:
    started = time.monotonic()
    story = read_story()
    environments = {one.key: environment_of(one, story, folder) for one in story.instances}
    settings = {key: Settings.from_environment(environment) for key, environment in environments.items()}
    servers = Servers(environments, folder)
    servers.check_ports()
    console.print("[bold]Samenspraak[/bold]: three instances on this machine")
    for one in story.instances:
        made = await _prepare(one, settings[one.key])
        console.print(f"  {one.organisation['name']} at {one.url}" + ("" if made else ", from where it was"))
    try:
        await servers.start()
        async with AsyncExitStack() as stack:
            parts = {key: await stack.enter_async_context(wire(one)) for key, one in settings.items()}
            await _tell(console, story, parts, folder)
            await _drain(console, parts)
        console.print(f"Ready after {time.monotonic() - started:.0f} s.\n")
        _show_addresses(console, story)
        if not once:
            await _run_until_interrupted(console, servers)
    finally:
        await servers.stop()


async def _prepare(one: InstanceContent, settings: Settings) -> bool:
    """Make an instance that is not there yet; whether it was made now."""
    settings.check_data_dir()
    settings.make_secret()
    await upgrade_database(Database(settings.database_url))
    tooi = one.organisation["tooi"]
    try:
        await make_organisation(
            settings,
            name=one.organisation["name"],
            identifier=tooi_uri(tooi) if tooi else None,
            kind="ministry" if one.organisation["kind"] == "ministry" else "organisation",
            handle=None,
            summary=one.organisation["summary"],
        )
    except NotReady:
        return False
    return True


async def _tell(console: Console, story: Story, parts: Mapping[str, Parts], folder: Path) -> None:
    columns = (SpinnerColumn(), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("the story", total=None)
        narrator = Narrator(
            story, parts, Told(folder / "progress.json"), lambda line: progress.update(task, description=line)
        )
        steps = narrator.steps()
        progress.update(task, total=len(steps))
        for name, step in steps:
            await narrator.take(name, step)
            progress.advance(task)
    if steps:
        console.print(f"  {len(steps)} steps of the story told, each federated over HTTP")


async def _drain(console: Console, parts: Mapping[str, Parts]) -> None:
    """Wait until what was said has arrived everywhere."""
    waiting = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while waiting := sum([await _waiting(one) for one in parts.values()]):
                await asyncio.sleep(0.2)
    if waiting:
        console.print(f"  [yellow]{waiting} deliveries still wait; see `samenspraak queue`[/yellow]")


async def _waiting(parts: Parts) -> int:
    async with parts.database.reading() as session:
        query = select(func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.WAITING)
        return await session.scalar(query) or 0


def _show_addresses(console: Console, story: Story) -> None:
    table = Table("Instance", title=f"Password for everyone: {PASSWORD}", title_justify="left")
    for name in ("Address", "Sign in as", "Administrator"):
        table.add_column(name, no_wrap=True)
    for one in story.instances:
        admin = next(person for person in one.people if person["admin"])
        other = next(person for person in one.people if not person["admin"])
        table.add_row(one.organisation["name"], one.url, other["handle"], admin["handle"])
    console.print(table)
    console.print(f"The ministry's view of the whole network: [bold]{story.instances[0].url}/netwerk[/bold]")


async def _run_until_interrupted(console: Console, servers: Servers) -> None:
    console.print("Running; press Ctrl-C to end. A next start goes on from here.")
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    ended = asyncio.create_task(servers.wait())
    asked = asyncio.create_task(interrupted.wait())
    await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if ended.done():
        raise NotReady(f"instance {ended.result()} ended; see {servers.folder / (ended.result() + '.log')}")
    ended.cancel()
