"""Running an instance."""

import click

from deploy.serve import bind, run
from deploy.settings import Settings

_processes = click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), metavar="N")


@click.command()
@_processes
@click.option("--no-workers", is_flag=True, help="Serve only; `samenspraak worker` does the rest.")
@click.pass_obj
def serve(settings: Settings, processes: int, no_workers: bool) -> None:
    """Serve the instance and work through its queues."""
    settings.check_data_dir()
    settings.secret()
    run(settings, processes, bind(settings), workers=not no_workers)


@click.command()
@_processes
@click.pass_obj
def worker(settings: Settings, processes: int) -> None:
    """Work through the queues without serving: beside `serve`, on this machine or another."""
    settings.secret()
    run(settings, processes, None, workers=True)
