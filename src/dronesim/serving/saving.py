"""The scenario as the sliders say it, written as TOML into the study's own folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dronesim.record.folder import write_whole
from dronesim.scenario import dump_scenario, is_own_type
from dronesim.serving.planner import Planner
from dronesim.serving.sliders import TARGET, settings_of


def save_scenario(planner: Planner, values: Mapping[str, Any]) -> tuple[Path, str]:
    """Write the scenario and give where it lies, with its text; the name comes from the content.

    Raises
    ------
    InputError
        A value is not one that the scenario takes.
    OSError
        It can't be written.
    """
    planner.ask(values)
    target = values.get(TARGET, planner.scenario.service.target)
    settings = (*settings_of(values, planner.sliders), f"{TARGET}={target}")
    scenario = planner.study.scenario(*settings)
    folder = planner.folder / "scenarios"
    kind = scenario.fleet.drone_type
    text = dump_scenario(
        scenario,
        map_path=_from(folder, scenario.map),
        trace_path=None if scenario.demand.file is None else _from(folder, scenario.demand.file),
        weather_path=None if scenario.weather.file is None else _from(folder, scenario.weather.file),
        drone_type_path=_from(folder, kind) if is_own_type(kind) else None,
    )
    path = folder / f"plan-{hashlib.sha256(text.encode()).hexdigest()[:12]}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    return path, text


def _from(folder: Path, file: str) -> str:
    """Name a file from a folder, so that both may be moved together."""
    return Path(os.path.relpath(Path(file).resolve(), folder.resolve())).as_posix()
