"""Runs a world and has it verified: from files, through the doors that planners use, in this process."""

from __future__ import annotations

import shutil
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dronesim.errors import InputError
from dronesim.experiment.run import RunRequest, run_day, write_day
from dronesim.scenario import load_scenario
from dronesim.verify import verify_run
from randomworlds.home_drawing import lands_anywhere
from randomworlds.world import Row, World
from worlds import Restless

FINE, REFUSED, BROKEN, WRONG = "fine", "refused", "run", "verify"

SETTINGS = ("must not be above half of separation_m", "or nobody stays")
"""Words of the refusals of settings that can't go together."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a world: fine, refused, its run broken, or its tables wrong; and in which words."""

    kind: str
    words: tuple[str, ...] = ()

    @property
    def is_bad(self) -> bool:
        """Whether it is a fault of the program: a refusal is one unless settings can't go together."""
        return self.kind in (BROKEN, WRONG) or (self.kind == REFUSED and not any(w in self.words[0] for w in SETTINGS))

    @property
    def is_fine(self) -> bool:
        """Whether it ran and is clean."""
        return self.kind == FINE


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="world-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def judge(world: World) -> Verdict:
    """Run a world with tracks, and verify it."""
    with _folder() as folder:
        try:
            place = write_day(run_day(request(world, folder, has_tracks=True)), folder / "run")
            report = verify_run(place)
        except InputError as error:
            return Verdict(kind=REFUSED, words=(str(error),))
        except Exception as error:  # noqa: BLE001 - whatever breaks a run is what is looked for
            return Verdict(kind=BROKEN, words=tuple(traceback.format_exception(error)[-2:]))
    words = [f"{check.name}: {text}" for check in report.checks for text in check.violations]
    return Verdict(kind=WRONG, words=tuple(words)) if words else Verdict(kind=FINE)


def quiet_legs(world: World) -> list[Row]:
    """Give the legs that landed on the day of a world; none where it can't be run, which its judgement tells."""
    with _folder() as folder:
        try:
            legs = run_day(request(world, folder, has_tracks=False)).outcome.tables["legs"]
        except Exception:  # noqa: BLE001 - its judgement tells
            return []
    columns = {name: legs[name].tolist() for name in ("drone", "from", "to", "departed_s", "arrived_s", "landed_s")}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return [row for row in rows if row["landed_s"] == row["landed_s"]]


def request(world: World, folder: Path, *, has_tracks: bool) -> RunRequest:
    scenario = load_scenario(world.write(folder), [])
    return RunRequest(scenario=scenario, folder=folder, policy=_policy(world), has_tracks=has_tracks)


def _policy(world: World) -> Any:
    """Make the policy without sense that a world has, if it has one.

    It moves drones about where they surely reach every take-off point: a view does not tell which ones they do.
    """
    if world.policy is None:
        return None
    told, homes = world.scenario, len(world.ids("takeoff_point"))
    reaches_all = not world.winds and not told["weather"].get("wind_mps") and not world.ids("no_fly")
    # cold takes of what packs hold, and a file or a process may bring it
    reaches_all &= told["weather"].keys().isdisjoint({"process", "file", "temperature_c"})
    reaches_all &= told["batteries"].get("reserve", 0.25) <= 0.25
    reaches_all &= told["batteries"].keys().isdisjoint({"cycles_to_80", "charge_to"}) and "drone" not in told
    reaches_all &= "air_density_kgm3" not in told["weather"]
    reaches_all &= told["airspace"].get("structure") != "airways"
    return Restless(
        is_shared=told["fleet"]["is_shared"],
        # who lands anywhere moves about enough
        takeoff_points=homes if reaches_all and not lands_anywhere(world) else 1,
        homes=homes if lands_anywhere(world) else 0,
        **world.policy,
    )
