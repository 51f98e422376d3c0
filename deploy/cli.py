"""The command line: ``samenspraak …``. Every failure is one clear line and a non-zero exit."""

import logging
import os
import sys

import click
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeout

from actors.vault import VaultError
from deploy.commands import demo, instance, people, publishing, queue
from deploy.settings import SettingError, Settings
from deploy.wiring import NotReady
from federation.errors import FederationError
from web.wellknown import VERSION

WRONG_SETTING = 2
_EXPECTED = (NotReady, VaultError, ValueError)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="samenspraak")
@click.option("--verbose", is_flag=True, help="Show where a failure came from.")
@click.pass_context
def cli(context: click.Context, verbose: bool) -> None:
    """Run an instance of Samenspraak. Settings come from the environment: see docs/settings.md."""
    if verbose:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    context.obj = Settings.from_environment(os.environ)


for command in (
    instance.init, instance.serve, instance.worker, instance.migrate, people.person, people.token, publishing.issue,
    publishing.knowledge, publishing.follow, publishing.link, queue.queue, demo.demo,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Run the command line; the entry point of the package."""
    verbose = "--verbose" in sys.argv
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        _end("stopped", 130)
    except click.ClickException as error:
        _end(error.format_message(), error.exit_code)
    except SettingError as error:
        _end(str(error), WRONG_SETTING)
    except KeyboardInterrupt:
        _end("stopped", 130)
    except Exception as error:
        if verbose:
            raise
        _end(_line(error), 1)


def _line(error: Exception) -> str:
    match error:
        case FederationError():
            return f"{error.public.rstrip('.')} ({error.reason})"
        case NoResultFound():
            return "this instance has no organisation yet; run `samenspraak init` first"
        case DBAPIError() if "no such table" in str(error) or "UndefinedTable" in str(error):
            return "the database is empty; run `samenspraak init` first"
        case DBAPIError() | PoolTimeout():
            return f"the database cannot be used: {str(getattr(error, 'orig', error)).splitlines()[0]}"
        case OSError():
            return f"{error.filename or 'the system'}: {error.strerror or error}"
        case _ if isinstance(error, _EXPECTED):
            return str(error)
        case _:
            return f"unexpected {type(error).__name__}: {error} (run again with --verbose before the command)"


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"samenspraak: {' '.join(message.split())}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
