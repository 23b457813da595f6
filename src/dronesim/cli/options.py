"""The options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ScenarioFile: TypeAlias = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (TOML).")]
RunFolder: TypeAlias = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the scenario, as fleet.drones=40; may be repeated."),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Seed: TypeAlias = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of all random streams.")]
Replication: TypeAlias = Annotated[
    int, typer.Option("--replication", min=0, help="Number of the replication, another day of the same seed.")
]
