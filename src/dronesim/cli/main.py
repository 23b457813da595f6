"""The ``dronesim`` command: its verbs, and what an error looks like."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

import typer

from dronesim.cli.checking import schema, show_list, validate, verify
from dronesim.cli.making import importing, new
from dronesim.cli.running import report, run
from dronesim.errors import DronesimError, InputError

INTERRUPTED: Final = 130

app = typer.Typer(
    name="dronesim",
    help="How many drones does a district need? A simulator of drone last-mile delivery.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run)
app.command("validate")(validate)
app.command("verify")(verify)
app.command("report")(report)
app.command("list")(show_list)
app.command("schema")(schema)
app.add_typer(new, name="new")
app.add_typer(importing, name="import")


def _show_version(wanted: bool) -> None:
    if wanted:
        import dronesim

        typer.echo(f"dronesim {dronesim.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback for every error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """How many drones does a district need? A simulator of drone last-mile delivery."""


def main() -> None:
    """Run the command line; never shows a traceback for a planner's mistake unless asked to."""
    if "--debug" in sys.argv:
        app()
    try:
        app()
    except DronesimError as error:
        _complain(error)
        sys.exit(error.exit_code)
    except OSError as error:
        sys.exit(_os_error(error))
    except KeyboardInterrupt:
        print("interrupted; nothing was left behind", file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)


def _complain(error: DronesimError) -> None:
    problems = error.problems if isinstance(error, InputError) else ()
    for line in [str(problem) for problem in problems] or [str(error)]:
        print(f"error: {line}", file=sys.stderr)  # noqa: T201
    if len(problems) > 1:
        print(f"{len(problems)} problems", file=sys.stderr)  # noqa: T201


def _os_error(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    place = f"{error.filename}: " if error.filename else ""
    print(f"error: {place}{error.strerror or error}", file=sys.stderr)  # noqa: T201
    return 1
