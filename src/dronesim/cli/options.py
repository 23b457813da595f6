"""The options that several verbs share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import typer

LARGEST_SEED: Final = 2**63 - 1
"""A scenario can state none beyond."""

Number = TypeVar("Number", int, float)


def between(
    least: float, most: float = math.inf, *, hint: str = "", is_open: bool = False
) -> Callable[[Number | None], Number | None]:
    """Check an option that is a number; the message shows the value, which the library's own leaves out.

    ``is_open``: the ends themselves are not among its values.
    """
    rule = f"must be at least {_shown(least)}"
    if most != math.inf:
        rule = f"must lie between {_shown(least)} and {_shown(most)}"
    if is_open:
        rule = f"must lie above {_shown(least)} and below {_shown(most)}"

    def check(value: Number | None) -> Number | None:
        is_end = is_open and value in (least, most)
        if value is not None and (is_end or not least <= value <= most):
            raise typer.BadParameter(f"{rule}{hint and f', {hint}'} (found {value})")
        return value

    return check


def _shown(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def whole(name: str, *, least: int, most: float = math.inf, about: str) -> Any:
    """Make an option that takes a whole number from ``least`` to ``most``."""
    return typer.Option(name, parser=_whole, metavar="N", callback=between(least, most), help=about)


def decimal(name: str, *, least: float, most: float, hint: str = "", is_open: bool = False, about: str) -> Any:
    """Make an option that takes a number from ``least`` to ``most``, or between them if ``is_open``."""
    check = between(least, most, hint=hint, is_open=is_open)
    return typer.Option(name, parser=_decimal, metavar="X", callback=check, help=about)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"must be a whole number (found {text!r})") from None


def _decimal(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"must be a number (found {text!r})") from None


ScenarioFile: TypeAlias = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (TOML).")]
RunFolder: TypeAlias = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the scenario, as fleet.drones=40; may be repeated."),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
Losses: TypeAlias = Annotated[
    bool, typer.Option("--losses", help="Count losses of separation too; days take two to three times as long.")
]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing but errors, and whose code is run.")
]
Seed: TypeAlias = Annotated[
    int | None, whole("--seed", least=0, most=LARGEST_SEED, about="Seed of all random streams.")
]
Replication: TypeAlias = Annotated[
    int,
    whole(
        "--replication",
        least=0,
        most=LARGEST_SEED,
        about="Number of the replication, another day of the same seed.",
    ),
]
Workers: TypeAlias = Annotated[
    int | None, whole("--workers", least=1, about="Worker processes; one a core if not given.")
]
Dask: TypeAlias = Annotated[
    str | None,
    typer.Option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster, as tcp://10.0.0.5:8786 (extra dask)."),
]
KeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        help="File with the key that signs pickup codes, its owner's alone (chmod 600); else that of "
        "DRONESIM_KEY_FILE or DRONESIM_KEY; else it derives from the seed, and codes are as secret as the seed. "
        "No result depends on it.",
    ),
]
Out: TypeAlias = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of results; runs/<name>-<verb> if not given. What is done there is not redone."),
]
Replications: TypeAlias = Annotated[int, whole("--replications", least=2, about="Days a point.")]
