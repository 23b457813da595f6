"""One run, from a scenario to a folder with tables, facts, measures and a manifest."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.dispatch import POLICIES
from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.experiment.manifest import describe_run, policy_file
from dronesim.experiment.warn import warnings_of
from dronesim.metrics import kpis
from dronesim.record.arrow import write_tables
from dronesim.record.folder import MANIFEST, check_place, hashes_of, new_folder, write_json
from dronesim.scenario import Scenario, dump_scenario, is_own_type
from dronesim.simulation import Outcome, simulate

_DRONE_TYPE: Final = "inputs/drone_type.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What to run, and where its folder goes: ``out``, or a name of its own under ``runs``.

    ``folder`` is where a policy of the planner's own is looked for. ``decorate`` is called with the
    unfinished folder and may add pictures and pages; ``progress`` with the share of the day that has passed;
    ``warn`` with each thing that a planner should know before.
    """

    scenario: Scenario
    folder: Path
    seed: int | None = None
    replication: int = 0
    out: Path | None = None
    has_tracks: bool = False
    decorate: Callable[[Path], None] | None = None
    progress: Callable[[float], None] | None = None
    warn: Callable[[str], None] | None = None


def run_scenario(request: RunRequest) -> tuple[Path, dict[str, Any]]:
    """Run one replication; returns its folder and its KPIs."""
    begun = time.perf_counter()
    if request.out is not None:
        check_place(request.out)
    setting = set_up(request.scenario, folder=request.folder)
    inputs = prepare(setting, seed=request.seed, replication=request.replication)
    if request.warn is not None:
        for warning in warnings_of(setting, inputs):
            request.warn(warning)
    target = request.out or _named(setting, seed=inputs.seed, replication=inputs.replication)
    with new_folder(target) as folder:
        outcome = simulate(inputs, has_tracks=request.has_tracks, counts_losses=True, progress=request.progress)
        measured = _write(folder, setting, outcome, seed=inputs.seed)
        if request.decorate is not None:
            request.decorate(folder)
        manifest = describe_run(
            hashes=hashes_of(folder),
            seed=inputs.seed,
            replication=inputs.replication,
            policy_name=inputs.policy_name,
            policy=setting.policy,
            wall_s=time.perf_counter() - begun,
            orders=len(inputs.orders),
        )
        write_json(folder / MANIFEST, manifest)
    return target, measured


def _named(setting: Setting, *, seed: int, replication: int) -> Path:
    """Name a run ``runs/<name>-<seed>-<hash8>`` by everything that shapes it."""
    digest = hashlib.sha256(_saved_scenario(setting, seed).encode())
    digest.update(str(replication).encode())
    for path in _inputs(setting).values():
        digest.update(path.read_bytes())
    name = re.sub(r"[^\w.-]+", "-", setting.scenario.name).strip(".-") or "run"
    return Path("runs") / f"{name}-{seed}-{digest.hexdigest()[:8]}"


def _inputs(setting: Setting) -> dict[str, Path]:
    """List the files that a run is made from, by their name in its folder."""
    files = {"inputs/map.geojson": Path(setting.scenario.map)}
    if setting.scenario.demand.file is not None and setting.trace is not None:
        trace = Path(setting.scenario.demand.file)
        files[f"inputs/trace{trace.suffix}"] = trace
    if is_own_type(setting.scenario.fleet.drone_type):
        files[_DRONE_TYPE] = Path(setting.scenario.fleet.drone_type)
    source = None if setting.scenario.dispatch.policy in POLICIES else policy_file(setting.policy)
    if source is not None:
        module = setting.scenario.dispatch.policy.partition(":")[0]
        files[f"inputs/{module.replace('.', '/')}.py"] = source
    return files


def _saved_scenario(setting: Setting, seed: int) -> str:
    """Show the scenario as resolved, with its files beside it."""
    trace = setting.scenario.demand.file if setting.trace is not None else None
    return dump_scenario(
        setting.scenario.model_copy(update={"seed": seed}),
        map_path="inputs/map.geojson",
        trace_path=None if trace is None else f"inputs/trace{Path(trace).suffix}",
        drone_type_path=_DRONE_TYPE if is_own_type(setting.scenario.fleet.drone_type) else None,
    )


def _write(folder: Path, setting: Setting, outcome: Outcome, *, seed: int) -> dict[str, Any]:
    for name, source in _inputs(setting).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)
    (folder / "scenario.toml").write_text(_saved_scenario(setting, seed), encoding="utf-8")
    write_tables(folder, outcome.tables)
    write_json(folder / "facts.json", outcome.facts)
    measured = kpis(outcome.tables, outcome.facts)
    write_json(folder / "kpis.json", measured)
    return measured
