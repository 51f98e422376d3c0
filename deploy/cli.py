"""The command line: ``samenspraak …``. Every failure is one clear line and a non-zero exit."""

import importlib
import logging
import os
import sys

import click
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeout

from actors.vault import VaultError
from deploy.settings import SettingError, Settings
from deploy.wiring import NotReady
from federation.errors import FederationError
from web.wellknown import VERSION

WRONG_SETTING = 2
_EXPECTED = (NotReady, VaultError, ValueError)


# Loaded when asked for: a server need not hold in memory what only migrations and the demo use.
_COMMANDS = {
    "init": "deploy.commands.making:init",
    "begin": "deploy.commands.making:begin",
    "migrate": "deploy.commands.making:migrate",
    "serve": "deploy.commands.running:serve",
    "worker": "deploy.commands.running:worker",
    "person": "deploy.commands.people:person",
    "token": "deploy.commands.people:token",
    "issue": "deploy.commands.publishing:issue",
    "knowledge": "deploy.commands.publishing:knowledge",
    "follow": "deploy.commands.publishing:follow",
    "link": "deploy.commands.publishing:link",
    "queue": "deploy.commands.queue:queue",
    "mail": "deploy.commands.mail:mail",
    "server": "deploy.commands.servers:server",
    "verify": "deploy.commands.verifying:verify",
    "demo": "deploy.commands.demo:demo",
}


class Commands(click.Group):
    """The commands by name, each imported when it is called or explained."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which an operator meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None when there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="samenspraak")
@click.option("--verbose", is_flag=True, help="Show where a failure came from.")
@click.pass_context
def cli(context: click.Context, verbose: bool) -> None:
    """Run an instance of Samenspraak. Settings come from the environment: see docs/settings.md."""
    if verbose:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    context.obj = Settings.from_environment(os.environ)


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
