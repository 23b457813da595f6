"""The verbs that check and show, and change nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dronesim.cli.options import Json, Quiet, RunFolder, ScenarioFile, Seed, Settings
from dronesim.cli.output import show, show_json, unfit, warn

if TYPE_CHECKING:
    from dronesim.aircraft import DroneType


def validate(
    scenario: ScenarioFile,
    settings: Settings = None,
    seed: Seed = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the map that was read, to this PNG.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a scenario and its map, and show what it resolves to: fleet, walks, distances, the ceiling.

    What is legal and yet odd is told as a warning on standard error, and stands under "warnings" in the JSON.

    It runs no code of the scenario's folder: the file of a policy that is not built in is read, and named with its
    hash, to see that there is such a function.

    Example: dronesim validate scenarios/quickstart.toml
    """
    from dronesim.experiment import describe, set_up
    from dronesim.scenario import load_scenario

    if picture is not None:
        _check_picture(picture)
    setting = set_up(load_scenario(scenario, settings or []), folder=scenario.parent, runs_policy=False)
    shown = describe(setting, seed=seed)
    if picture is not None:
        _draw_map(Path(setting.scenario.map), picture)
    for warning in () if quiet else shown.content["warnings"]:
        warn(warning)
    if as_json:
        show_json(shown.content)
    elif not quiet:
        show("\n".join(shown.lines()))


def _check_picture(picture: Path) -> None:
    from dronesim.record.targets import check_writable

    if picture.suffix.casefold() != ".png" or picture.is_dir():
        raise unfit("--picture", f"must name a file that ends in .png (found {str(picture)!r})")
    check_writable(picture, key="--picture")


def _draw_map(source: Path, picture: Path) -> None:
    from dronesim.record.targets import writing_to
    from dronesim.report.guard import ready_to_draw
    from dronesim.scenario.map_text import read_map_text

    ready_to_draw()
    from dronesim.report.import_picture import write_map_picture

    with writing_to(picture):
        write_map_picture(read_map_text(source).collection, picture)


def verify(
    folder: RunFolder,
    again: Annotated[
        bool, typer.Option("--rerun", help="Also run the saved scenario again and compare bytes.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="With --rerun: run a policy that is not built in, which is code of the run.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a run with an independent program: counts, times, capacities, energy, codes, every KPI.

    That runs no code of the folder. --rerun does if the run's policy is not built in: it is named with its file and
    its hash, and run only with --trust. Where a file is not as its hash says, nothing is run again.

    Exits with 1 on a violation. Example: dronesim verify runs/quickstart-1-0a1b2c3d --rerun
    """
    from dronesim.verify import verify_again, verify_run

    if trust and not again:
        raise unfit("--trust", "is for --rerun, which alone runs a policy; add it, or leave --trust out")
    found = verify_again(folder, is_trusted=trust) if again else verify_run(folder)
    if as_json:
        show_json(found.content())
    elif not quiet or not found.is_clean:
        show("\n".join(found.lines()))
    if not found.is_clean:
        raise typer.Exit(1)


class Listed(StrEnum):
    """What ``dronesim list`` can show."""

    POLICIES = "policies"
    DRONES = "drones"
    DRILLS = "drills"
    SCENARIOS = "scenarios"
    RUNS = "runs"


def show_list(
    what: Annotated[Listed, typer.Argument(help="What to list.")] = Listed.POLICIES,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of scenarios or of runs.", show_default="scenarios or runs")
    ] = None,
    as_json: Json = False,
) -> None:
    """List dispatch policies, drone types, drills, or the scenarios or runs in a folder.

    Example: dronesim list runs runs
    """
    finders: dict[Listed, Callable[[], list[Item]]] = {
        Listed.POLICIES: _policies,
        Listed.DRONES: _drones,
        Listed.DRILLS: _drills,
        Listed.SCENARIOS: lambda: _scenarios(folder or Path("scenarios")),
        Listed.RUNS: lambda: _runs(folder or Path("runs")),
    }
    items = finders[what]()
    if as_json:
        show_json([item.content for item in items if item.content])
    else:
        for item in items:
            show(item.line)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing of a list, for people (``line``) and programs (``content``)."""

    line: str
    content: Mapping[str, Any]


def _policies() -> list[Item]:
    import inspect

    from dronesim.dispatch import POLICIES, parameters_of

    items = []
    for name, policy in POLICIES.items():
        about, parameters = (inspect.getdoc(policy) or "").splitlines()[0], parameters_of(policy)
        line = f"{name:12} {about}"
        if parameters:
            stated = ", ".join(f"{key} = {value}" for key, value in parameters.items())
            line += f"\n{'':12} dispatch.parameters: {stated}"
        items.append(Item(line=line, content={"name": name, "description": about, "parameters": parameters}))
    return items


def _drones() -> list[Item]:
    from dronesim.aircraft import DRONE_TYPES

    return [
        Item(
            line=f"{name:14} payload {kind.payload_kg:g} kg, cruise {kind.cruise_mps:g} m/s, pack {kind.pack_wh:g} Wh\n"
            f"{'':14} {'; '.join(_phases(kind))}",
            content={**dataclasses.asdict(kind), "name": name},
        )
        for name, kind in DRONE_TYPES.items()
    ]


def _drills() -> list[Item]:
    from dronesim.scenario.drilling import drill_names, read_drill

    drills = [read_drill(name) for name in drill_names()]
    width = max(len(each.name) for each in drills) + 2
    return [
        Item(
            line=f"{each.name:<{width}}{each.table.asks}",
            content={"name": each.name, **each.table.model_dump(mode="json", include={"asks", "watches"})},
        )
        for each in drills
    ]


def _phases(kind: DroneType) -> list[str]:
    """Word the terminal procedure of a drone type, phase by phase, without those that it does not have."""
    is_slow = kind.low_climb_m > 0
    return [
        *([f"check {kind.takeoff_check_s:g} s"] if kind.takeoff_check_s else []),
        *([f"climb {kind.low_climb_mps:g} m/s up to {kind.low_climb_m:g} m"] if is_slow else []),
        f"{'then' if is_slow else 'climb'} {kind.climb_mps:g} m/s",
        *([f"transition {kind.transition_s:g} s"] if kind.transition_s else []),
        *([f"approach {kind.approach_s:g} s"] if kind.approach_s else []),
        f"descent {kind.descent_mps:g} m/s",
        *([f"hover {kind.alignment_s:g} s at {kind.final_hover_m:g} m"] if kind.alignment_s else []),
        *([f"touch-down {kind.touchdown_mps:g} m/s"] if kind.final_hover_m else []),
    ]


def _check_folder(folder: Path, what: Listed) -> None:
    from dronesim.errors import InputError, Problem

    if not folder.is_dir():
        rule = f"is not a folder; name the folder of your {what}"
        raise InputError([Problem(file=str(folder), key="list", rule=rule)])


def _runs(folder: Path) -> list[Item]:
    from dronesim.experiment.run_index import index_runs, run_lines

    _check_folder(folder, Listed.RUNS)
    entries = index_runs(folder)
    contents = [{**dataclasses.asdict(entry), "folder": str(entry.folder)} for entry in entries]
    head, *lines = run_lines(entries)
    return [Item(line=head, content={}), *(Item(line=line, content=c) for line, c in zip(lines, contents, strict=True))]


def _scenarios(folder: Path) -> list[Item]:
    _check_folder(folder, Listed.SCENARIOS)
    return [_scenario(path) for path in sorted(folder.glob("*.toml"))]


def _scenario(path: Path) -> Item:
    from dronesim.errors import InputError
    from dronesim.scenario import load_scenario

    content: dict[str, Any] = {"file": str(path), "name": None, "description": None}
    try:
        found = load_scenario(path)
    except InputError as error:
        problems = [str(problem) for problem in error.problems]
        line = f"{path}: not usable, {len(problems)} problem{'s' * (len(problems) > 1)}; see dronesim validate {path}"
        return Item(line=line, content={**content, "problems": problems})
    line = f"{path}: {found.description or 'no description'}"
    return Item(line=line, content={**content, "name": found.name, "description": found.description, "problems": []})


class Described(StrEnum):
    """What ``dronesim schema`` can describe."""

    SCENARIO = "scenario"
    DRONE = "drone"
    FACTS = "facts"
    KPIS = "kpis"
    REPORT = "report"
    TABLES = "tables"
    MAP = "map"


def schema(
    what: Annotated[Described, typer.Argument(help="Kind of file to describe.")] = Described.SCENARIO,
) -> None:
    """Print the JSON Schema of scenario files, of maps, of files of drone types, or of what lies in a run folder.

    The tables are described as lists of rows by name, as programs read them.

    Example: dronesim schema > scenario.schema.json
    """
    from dronesim.record.schemas import facts_schema, kpis_schema, report_schema, tables_schema
    from dronesim.scenario import drone_schema, scenario_schema
    from dronesim.scenario.map_schema import map_schema

    describe = {
        Described.SCENARIO: scenario_schema,
        Described.DRONE: drone_schema,
        Described.FACTS: facts_schema,
        Described.KPIS: kpis_schema,
        Described.REPORT: report_schema,
        Described.TABLES: tables_schema,
        Described.MAP: map_schema,
    }
    show_json(describe[what]())
