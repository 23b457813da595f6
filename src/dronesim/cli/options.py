"""The options that several verbs share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, TypeAlias, TypeVar

import typer

LARGEST_SEED: Final = 2**63 - 1
"""A scenario can state none beyond."""

Number = TypeVar("Number", int, float)


def between(least: float, most: float = math.inf) -> Callable[[Number | None], Number | None]:
    """Check an option that is a number; the message shows the value, which the library's own leaves out."""
    rule = f"must be at least {least:,g}" if most == math.inf else f"must lie between {least:,} and {most:,}"

    def check(value: Number | None) -> Number | None:
        if value is not None and not least <= value <= most:
            raise typer.BadParameter(f"{rule} (found {value})")
        return value

    return check


ScenarioFile: TypeAlias = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (TOML).")]
RunFolder: TypeAlias = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the scenario, as fleet.drones=40; may be repeated."),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Seed: TypeAlias = Annotated[
    int | None, typer.Option("--seed", callback=between(0, LARGEST_SEED), help="Seed of all random streams.")
]
Replication: TypeAlias = Annotated[
    int,
    typer.Option(
        "--replication",
        callback=between(0, LARGEST_SEED),
        help="Number of the replication, another day of the same seed.",
    ),
]
