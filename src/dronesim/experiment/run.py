"""One day, from a scenario to tables, facts and measures, and to a folder of them with a manifest."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from dronesim.codes import Secret
from dronesim.dispatch import POLICIES, DispatchPolicy
from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.experiment.decision_log import DecisionLog
from dronesim.experiment.manifest import describe_run, policy_file
from dronesim.experiment.pickup import DayKey
from dronesim.experiment.policy_files import files_of_policy
from dronesim.experiment.warn import warnings_of
from dronesim.metrics import kpis
from dronesim.record.arrow import write_tables
from dronesim.record.folder import MANIFEST, check_place, folder_name, hashes_of, new_folder, write_json
from dronesim.scenario import Scenario, dump_scenario, is_own_type
from dronesim.simulation import Outcome, SimulationInputs, simulate

Decorate: TypeAlias = Callable[[Path], None]

_DRONE_TYPE: Final = "inputs/drone_type.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What to run: one replication of a scenario.

    ``logs_decisions``: a table of all decisions, and of what they chose from, goes into the folder.
    ``folder`` is where a policy of the planner's own is looked for, ``policy`` one that stands in for the
    scenario's. ``progress`` is called with the share of the day that has passed, ``warn`` with each thing that a
    planner should know before. ``secret`` signs the pickup codes, else a key that is derived from the seed.
    """

    scenario: Scenario
    folder: Path | None = None
    policy: DispatchPolicy | None = None
    seed: int | None = None
    replication: int = 0
    has_tracks: bool = False
    logs_decisions: bool = False
    secret: Secret | None = None
    progress: Callable[[float], None] | None = None
    warn: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day that was simulated, in memory: what it was made from, what came of it, and how long that took."""

    setting: Setting
    seed: int
    replication: int
    orders: int
    key: DayKey
    outcome: Outcome
    kpis: Mapping[str, Any]
    wall_s: float
    log: DecisionLog | None = None


def run_day(request: RunRequest) -> Day:
    """Simulate one replication and measure it; nothing is written.

    Raises
    ------
    InputError
        Anything in the scenario, its map or its trace that can't be run.
    PolicyError
        The dispatch policy took an illegal decision.
    """
    begun = time.perf_counter()
    setting, inputs = _make_ready(request)
    return _simulate(request, setting, inputs, begun=begun)


def simulated(setting: Setting, *, replication: int, has_tracks: bool = False) -> Day:
    """Simulate and measure one replication of a scenario that is set up already; nothing is written."""
    begun = time.perf_counter()
    request = RunRequest(scenario=setting.scenario, replication=replication, has_tracks=has_tracks)
    return _simulate(request, setting, prepare(setting, replication=replication), begun=begun)


def run_into(request: RunRequest, place: Path | None, *, decorate: Decorate | None = None) -> Path:
    """Simulate one replication into a folder, whole or not at all: ``place``, or a name of its own; gives where it is.

    ``decorate`` is called with the unfinished folder and may add pictures and pages.

    Raises
    ------
    InputError
        As in `run_day`; or something else lies there, or nothing can be written.
    PolicyError
        The dispatch policy took an illegal decision.
    """
    begun = time.perf_counter()
    if place is not None:
        check_place(place)
    setting, inputs = _make_ready(request)
    target = place or _named(setting, seed=inputs.seed, replication=inputs.replication)
    with new_folder(target) as folder:
        _fill(folder, _simulate(request, setting, inputs, begun=begun), decorate)
    return target


def write_day(day: Day, place: Path | None, *, decorate: Decorate | None = None) -> Path:
    """Write the folder of a day that was simulated before, as `run_into` does."""
    target = place or _named(day.setting, seed=day.seed, replication=day.replication)
    with new_folder(target) as folder:
        _fill(folder, day, decorate)
    return target


def _make_ready(request: RunRequest) -> tuple[Setting, SimulationInputs]:
    setting = set_up(request.scenario, folder=request.folder, policy=request.policy)
    inputs = prepare(setting, seed=request.seed, replication=request.replication, secret=request.secret)
    if request.warn is not None:
        for warning in warnings_of(setting, inputs):
            request.warn(warning)
    return setting, inputs


def _simulate(request: RunRequest, setting: Setting, inputs: SimulationInputs, *, begun: float) -> Day:
    # what was heard, and who was below, is checked against the paths
    has_tracks = request.has_tracks or inputs.risk is not None or inputs.noise is not None
    log = DecisionLog() if request.logs_decisions else None
    hear = None if log is None else log.hear
    outcome = simulate(inputs, has_tracks=has_tracks, counts_losses=True, progress=request.progress, hear=hear)
    return Day(
        setting=setting,
        seed=inputs.seed,
        replication=inputs.replication,
        orders=len(inputs.orders),
        key=DayKey.of(request.secret, seed=inputs.seed, replication=inputs.replication),
        outcome=outcome,
        kpis=kpis(outcome.tables, outcome.facts),
        wall_s=time.perf_counter() - begun,
        log=log,
    )


def _fill(folder: Path, day: Day, decorate: Decorate | None) -> None:
    """Write everything of a day into a folder, the manifest last."""
    begun = time.perf_counter()
    _write(folder, day)
    if decorate is not None:
        decorate(folder)
    manifest = describe_run(
        hashes=hashes_of(folder),
        seed=day.seed,
        replication=day.replication,
        policy_name=day.setting.scenario.dispatch.policy,
        policy_source=_policy_file(day.setting),
        codes=day.key.content(),
        wall_s=day.wall_s + time.perf_counter() - begun,
        orders=day.orders,
        decided_ns=day.outcome.decided_ns,
    )
    write_json(folder / MANIFEST, manifest)


def _named(setting: Setting, *, seed: int, replication: int) -> Path:
    """Name a run ``runs/<name>-<seed>-<hash8>`` by everything that shapes it."""
    digest = hashlib.sha256(_saved_scenario(setting, seed).encode())
    digest.update(str(replication).encode())
    for path in _inputs(setting).values():
        digest.update(path.read_bytes())
    return Path("runs") / f"{folder_name(setting.scenario.name)}-{seed}-{digest.hexdigest()[:8]}"


def _inputs(setting: Setting) -> dict[str, Path]:
    """List the files that a run is made from, by their name in its folder."""
    files = {"inputs/map.geojson": Path(setting.scenario.map)}
    if setting.scenario.demand.file is not None and setting.trace is not None:
        trace = Path(setting.scenario.demand.file)
        files[f"inputs/trace{trace.suffix}"] = trace
    if setting.scenario.weather.file is not None:
        weather = Path(setting.scenario.weather.file)
        files[f"inputs/weather{weather.suffix}"] = weather
    if is_own_type(setting.scenario.fleet.drone_type):
        files[_DRONE_TYPE] = Path(setting.scenario.fleet.drone_type)
    source = _policy_file(setting)
    if source is not None and setting.scenario.dispatch.policy not in POLICIES:
        module = setting.scenario.dispatch.policy.partition(":")[0]
        files[f"inputs/{module.replace('.', '/')}.py"] = source
        home = [source, *source.resolve().parents][1 + module.count(".")]
        is_own = setting.folder is not None and source.resolve().is_relative_to(setting.folder.resolve())
        beside = files_of_policy(source, home) if is_own else []
        files |= {f"inputs/{path.relative_to(home)}": path for path in beside}
    return files


def _policy_file(setting: Setting) -> Path | None:
    """Give the file in which a policy was found by its name, else that of its code."""
    return policy_file(setting.policy) if setting.policy_source is None else setting.policy_source.file


def _saved_scenario(setting: Setting, seed: int) -> str:
    """Show the scenario as resolved, with its files beside it."""
    trace = setting.scenario.demand.file if setting.trace is not None else None
    weather = setting.scenario.weather.file
    return dump_scenario(
        setting.scenario.model_copy(update={"seed": seed}),
        map_path="inputs/map.geojson",
        trace_path=None if trace is None else f"inputs/trace{Path(trace).suffix}",
        drone_type_path=_DRONE_TYPE if is_own_type(setting.scenario.fleet.drone_type) else None,
        weather_path=None if weather is None else f"inputs/weather{Path(weather).suffix}",
    )


def _write(folder: Path, day: Day) -> None:
    for name, source in _inputs(day.setting).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)
    (folder / "scenario.toml").write_text(_saved_scenario(day.setting, day.seed), encoding="utf-8")
    write_tables(folder, day.outcome.tables)
    write_json(folder / "facts.json", day.outcome.facts)
    write_json(folder / "kpis.json", day.kpis)
    if day.log is not None:
        day.log.write(folder)
