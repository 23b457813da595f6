"""The reporting items of STRESS-DES, filled from one run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import jinja2

from dronesim.evidence import NOT_FOR, USES, standing_lines, standings
from dronesim.record.folder import MANIFEST
from dronesim.record.plain import read_object
from dronesim.report import rows, stress_inputs, words
from dronesim.report.page_numbers import resource_use
from dronesim.report.saved_run import SavedRun, read_whole_run
from dronesim.report.shown import Numbers
from dronesim.scenario import Scenario, load_scenario
from dronesim.scenario.keys import StatedKey, stated_keys
from dronesim.units import MINUTE, clock

ITEMS: Final = {
    "1.1": "Purpose of the model",
    "1.2": "Model outputs",
    "1.3": "Aims of experimentation",
    "2.1": "Overview diagram",
    "2.2": "Base model logic",
    "2.3": "Scenario logic",
    "2.4": "Algorithms",
    "2.5": "Components",
    "3.1": "Data sources",
    "3.2": "Pre-processing",
    "3.3": "Input parameters",
    "3.4": "Assumptions",
    "4.1": "Initialisation",
    "4.2": "Run length",
    "4.3": "Estimation approach",
    "5.1": "Software and language",
    "5.2": "Random sampling",
    "5.3": "Model execution",
    "5.4": "System specification",
    "6.1": "Sharing statement",
}
"""The twenty items, by number (Monks and others 2019)."""

MISSING: Final = "**missing**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the report is filled from."""

    run: SavedRun
    manifest: Mapping[str, Any]
    scenario: Scenario
    keys: tuple[StatedKey, ...]


def stress_report(folder: Path) -> str:
    """Fill the items from a run folder; Markdown.

    Raises
    ------
    InputError
        A file of the run is missing or damaged.
    """
    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701  (Markdown; cells are escaped by a filter)
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["cell"] = _cell
    source = files("dronesim.report").joinpath("stress.md.j2").read_text(encoding="utf-8")
    text = environment.from_string(source).render(items=ITEMS, **_context(_read(folder)))
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _read(folder: Path) -> Source:
    run = read_whole_run(folder)
    scenario = load_scenario(folder / "scenario.toml")
    keys = tuple(_named_within(folder.resolve(), each) for each in stated_keys(scenario))
    return Source(run=run, manifest=read_object(folder / MANIFEST), scenario=scenario, keys=keys)


def _named_within(folder: Path, stated: StatedKey) -> StatedKey:
    """Name a file of the run as it is named in its folder, wherever that lies."""
    value = stated.value
    if not isinstance(value, str) or not Path(value).is_absolute() or not Path(value).is_relative_to(folder):
        return stated
    return replace(stated, value=Path(value).relative_to(folder).as_posix())


def _context(source: Source) -> dict[str, Any]:
    return {
        "facts": source.run.facts,
        "orders": source.run.kpis["orders"],
        **_objectives(source),
        **_logic(source),
        **_data(source),
        **_experiment(source),
        **_implementation(source),
    }


def _objectives(source: Source) -> dict[str, Any]:
    kpis, service = source.run.kpis, source.run.kpis["service"]
    command = source.manifest.get("command")
    return {
        "description": words.sentence(source.scenario.description or "no description is stated") + ".",
        "uses": USES,
        "not_for": NOT_FOR,
        "headline": words.headline(service),
        "ceiling": words.sentence(words.ceiling(kpis)),
        "outputs": stress_inputs.outputs(kpis),
        "target": f"{100 * service['target']:g} %",
        "reach": words.reach(service),
        "promise": words.promise(service),
        "varied": "Experiments on the same days vary it: `sweep` keys, `size` a resource, `compare` policies, "
        "`bottlenecks` one more of each.",
        "command": " ".join(map(str, command)) if command else f"{MISSING}: the manifest names no command",
    }


def _logic(source: Source) -> dict[str, Any]:
    run = source.run
    return {
        "stages": [(stage["name"], stage["mean"], stage["p95"]) for stage in rows.stage_bars(run.kpis["stages_s"])],
        "changed": stress_inputs.changed(source.keys),
        "algorithms": stress_inputs.algorithms(source.scenario, source.manifest),
        "entities": stress_inputs.entities(run.kpis, run.facts),
        "resources": _resources(run),
    }


def _resources(run: SavedRun) -> list[tuple[str, ...]]:
    found = {"resources": resource_use(run.kpis["resources"], run.facts["capacity"])}
    listed = rows.resource_rows(Numbers(found, "report.json#"))
    return [(name, units, busy, f"{site} ({there})" if there else site) for name, units, busy, site, there in listed]


def _data(source: Source) -> dict[str, Any]:
    return {
        "sources": stress_inputs.sources(source.keys),
        "files": _files(source.manifest),
        "processing": stress_inputs.processing(source.scenario, source.run.facts),
        "inputs": stress_inputs.inputs(source.keys, source.run.facts["aircraft"]),
        "resolved": stress_inputs.resolved(source.run.facts),
        "assumed_keys": stress_inputs.assumed(source.keys),
        "evidence": standing_lines(standings(source.run.scenario)),
    }


def _files(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    listed = manifest.get("inputs")
    if not listed:
        return [("inputs", f"{MISSING}: the manifest lists no input files")]
    return [(f"`{name}`", digest) for name, digest in listed.items()]


def _experiment(source: Source) -> dict[str, Any]:
    facts, horizon = source.run.facts, source.run.facts["horizon"]
    number = facts["replication"]
    return {
        "opens": clock(horizon["start_s"])[:5],
        "closes": clock(horizon["end_s"])[:5],
        "closed": clock(horizon["closed_s"]),
        "drain": f"{source.scenario.horizon.drain_max_min:g} minutes",
        "charge_to": words.percent(facts["batteries"]["charge_to"], 0),
        "replications": f"One replication, number {number} of seed {facts['seed']}.",
    }


def _implementation(source: Source) -> dict[str, Any]:
    manifest = source.manifest
    packages = manifest.get("packages") or {"all": f"{MISSING}: the manifest names no packages"}
    python = manifest.get("platform", {}).get("python", f"{MISSING} in the manifest")
    version = manifest.get("dronesim", f"{MISSING} in the manifest")
    return {
        "software": f"dronesim {version} in Python {python}; SimPy is the engine, numba compiles the kernels.",
        "packages": list(packages.items()),
        "laws": stress_inputs.laws(source.scenario),
        "system": _system(manifest),
        "sharing": _sharing(source),
    }


def _system(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    used, platform = manifest.get("run", {}), manifest.get("platform", {})
    absent = f"{MISSING} in the manifest"
    wall_s = used.get("wall_s")
    return [
        ("system", platform.get("system", absent)),
        ("run time, pictures and all", absent if wall_s is None else f"{wall_s:.1f} s ({wall_s / MINUTE:.1f} min)"),
        ("orders a second", words.number(used["orders_per_s"], 0) if used.get("orders_per_s") else absent),
        ("largest memory", words.number(used["peak_mb"], 0, "MB") if used.get("peak_mb") else absent),
        ("processor", f"{MISSING}: a run does not write down its processor"),
    ]


def _sharing(source: Source) -> str:
    """Say how to get the code and to run it again; what the package's metadata don't name is missing."""
    try:
        told = metadata.metadata("dronesim")
        licence = told.json.get("license_expression") or f"{MISSING} in the package's metadata"
        address = told.json.get("project_url") or told.json.get("home_page")
    except metadata.PackageNotFoundError:
        licence, address = f"{MISSING}: the package is not installed", None
    digest = source.manifest.get("files", {}).get("scenario.toml", f"{MISSING} in the manifest")
    where = address or f"{MISSING}: the package's metadata name no public address"
    return (
        f"Licence of the code: {licence}. Where it is published: {where}. The run folder holds all inputs: "
        "`dronesim run scenario.toml` in it gives the same tables byte for byte, `dronesim verify . --rerun` compares. "
        f"SHA-256 of the scenario: {digest}."
    )
