"""The verbs of the ``dronesim`` command, and what an error looks like."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from dronesim.cli.benching import bench
from dronesim.cli.bounding import bound
from dronesim.cli.checking import schema, show_list, validate, verify
from dronesim.cli.comparing import bottlenecks, compare
from dronesim.cli.contract import check_policy
from dronesim.cli.drilling import drill
from dronesim.cli.exporting import export
from dronesim.cli.helping import with_example
from dronesim.cli.making import importing, new
from dronesim.cli.output import open_closed_streams, show, tell
from dronesim.cli.pickup import code
from dronesim.cli.replaying import replay
from dronesim.cli.running import report, run
from dronesim.cli.serving import serve
from dronesim.cli.signals import Stopped, stoppable
from dronesim.cli.sizing import size
from dronesim.cli.sweeping import sweep
from dronesim.cli.years import year
from dronesim.errors import DronesimError, InputError, Problem
from dronesim.letters import counted, short_lines

_DEBUG: Final = "--debug"
_USAGE_ERROR: Final[Any] = typer.BadParameter.__bases__[0]
"""What the parser of arguments raises; which library it is from depends on the version."""
_SHOWN: Final = 20
"""So many problems are told; the rest is counted."""

app = typer.Typer(
    name="dronesim",
    help="How many drones does a district need? A simulator of drone last-mile delivery.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(with_example(run))
app.command("size")(with_example(size))
app.command("sweep")(with_example(sweep))
app.command("compare")(with_example(compare))
app.command("bound")(with_example(bound))
app.command("drill")(with_example(drill))
app.command("year")(with_example(year))
app.command("bottlenecks")(with_example(bottlenecks))
app.command("validate")(with_example(validate))
app.command("verify")(with_example(verify))
app.command("check-policy")(with_example(check_policy))
app.command("report")(with_example(report))
app.command("replay")(with_example(replay))
app.command("serve")(with_example(serve))
app.command("code")(with_example(code))
app.command("export")(with_example(export))
app.command("list")(with_example(show_list))
app.command("schema")(with_example(schema))
app.add_typer(bench, name="bench")
app.add_typer(new, name="new")
app.add_typer(importing, name="import")


def _show_version(wanted: bool) -> None:
    if wanted:
        import dronesim

        show(f"dronesim {dronesim.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option(_DEBUG, help="Show a traceback for every error; may stand anywhere.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """How many drones does a district need? A simulator of drone last-mile delivery."""


def run_command() -> None:
    """Run the command line; shows a traceback only where ``--debug`` stands among the arguments."""
    arguments = [argument for argument in sys.argv[1:] if argument != _DEBUG]
    is_debugging = _DEBUG in sys.argv[1:]
    open_closed_streams()
    try:
        with stoppable():
            code = app(arguments, prog_name="dronesim", standalone_mode=False)
        raise SystemExit(code if isinstance(code, int) else 0)
    except Stopped as stopped:
        tell("interrupted; nothing was left behind")
        sys.exit(stopped.exit_code)
    except _USAGE_ERROR as error:
        error.message = short_lines(error.message)
        error.show()
        raise SystemExit(error.exit_code) from error
    except Exception as error:
        if is_debugging:
            traceback.print_exc()
        tell("\n".join(_complaint(error)))
        raise SystemExit(error.exit_code if isinstance(error, DronesimError) else 1) from error


def _all(problems: Sequence[Problem]) -> int:
    """Count problems with those that they stand for."""
    return sum(1 + problem.alike for problem in problems)


def _complaint(error: Exception) -> list[str]:
    if isinstance(error, InputError):
        shown, rest = error.problems[:_SHOWN], error.problems[_SHOWN:]
        told = [f"error: {problem}" for problem in shown]
        count = f"{counted(_all(error.problems), 'problem')}" + (f"; {_all(rest):,} are not shown" if rest else "")
        return [*told, count] if _all(error.problems) > 1 else told
    if isinstance(error, DronesimError):
        return [f"error: {error}"]
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return [f"error: {place}{error.strerror or error}"]
    return [f"error: {type(error).__name__}: {error}", f"this is a defect of dronesim; {_DEBUG} shows where it lies"]
