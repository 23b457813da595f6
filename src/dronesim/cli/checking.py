"""The verbs that check and show, and change nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dronesim.cli.options import Json, Quiet, RunFolder, ScenarioFile, Settings
from dronesim.cli.output import show


def validate(scenario: ScenarioFile, settings: Settings = None, as_json: Json = False) -> None:
    """Check a scenario and its map, and show what it resolves to: fleet, walks, distances, the ceiling.

    Example: dronesim validate scenarios/quickstart.toml
    """
    from dronesim.experiment import describe, set_up
    from dronesim.scenario import load_scenario

    setting = set_up(load_scenario(scenario, settings or []), folder=scenario.parent)
    shown = describe(setting)
    show(json.dumps(shown.content, indent=2, ensure_ascii=False) if as_json else "\n".join(shown.lines()))


def verify(
    folder: RunFolder,
    again: Annotated[
        bool, typer.Option("--rerun", help="Also run the saved scenario again and compare bytes.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Check a run with an independent program: counts, times, capacities, energy, codes, every KPI.

    Exits with 1 on a violation. Example: dronesim verify runs/quickstart-1-0a1b2c3d --rerun
    """
    from dronesim.verify import rerun, verify_run

    found = verify_run(folder)
    if again:
        found = dataclasses.replace(found, checks=(*found.checks, rerun(folder)))
    if not quiet or not found.is_clean:
        show("\n".join(found.lines()))
    if not found.is_clean:
        raise typer.Exit(1)


class Listed(StrEnum):
    """What ``dronesim list`` can show."""

    POLICIES = "policies"
    DRONES = "drones"
    SCENARIOS = "scenarios"
    RUNS = "runs"


def show_list(
    what: Annotated[Listed, typer.Argument(help="What to list.")] = Listed.POLICIES,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of scenarios or of runs.", show_default="scenarios or runs")
    ] = None,
) -> None:
    """List dispatch policies, drone types, or the scenarios or runs in a folder.

    Example: dronesim list runs runs
    """
    lines: dict[Listed, Callable[[], list[str]]] = {
        Listed.POLICIES: _policies,
        Listed.DRONES: _drones,
        Listed.SCENARIOS: lambda: _scenarios(folder or Path("scenarios")),
        Listed.RUNS: lambda: _runs(folder or Path("runs")),
    }
    for line in lines[what]():
        show(line)


def _policies() -> list[str]:
    import inspect

    from dronesim.dispatch import POLICIES

    return [f"{name:12} {(inspect.getdoc(policy) or '').splitlines()[0]}" for name, policy in POLICIES.items()]


def _drones() -> list[str]:
    from dronesim.aircraft import DRONE_TYPES

    return [
        f"{name:14} payload {kind.payload_kg:g} kg, cruise {kind.cruise_mps:g} m/s, pack {kind.pack_wh:g} Wh"
        for name, kind in DRONE_TYPES.items()
    ]


def _check_folder(folder: Path, what: Listed) -> None:
    from dronesim.errors import InputError, Problem

    if not folder.is_dir():
        rule = f"is not a folder; name the folder of your {what}"
        raise InputError([Problem(file=str(folder), key="list", rule=rule)])


def _runs(folder: Path) -> list[str]:
    from dronesim.experiment.run_index import index_runs, run_lines

    _check_folder(folder, Listed.RUNS)
    return run_lines(index_runs(folder))


def _scenarios(folder: Path) -> list[str]:
    from dronesim.errors import InputError
    from dronesim.scenario import load_scenario

    _check_folder(folder, Listed.SCENARIOS)
    lines = []
    for path in sorted(folder.glob("*.toml")):
        try:
            lines.append(f"{path}: {load_scenario(path).description or 'no description'}")
        except InputError as error:
            lines.append(f"{path}: not usable, {len(error.problems)} problems; see dronesim validate {path}")
    return lines


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example: dronesim schema > scenario.schema.json
    """
    from dronesim.scenario import scenario_schema

    show(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
