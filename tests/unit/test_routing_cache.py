"""Route tables on disk: the same answers, whatever happened to the files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import box

from dronesim.routing import RouteTable, build_route_table, cached_route_table
from dronesim.world import Buildings, World
from oracles.visibility_worlds import plain_world, plain_zones

RULES = {"levels_m": (60.0, 120.0, 125.0), "clearance_m": 5.0, "roof_margin_m": 10.0}
SITES = {
    "takeoff_points": np.array([[-200.0, 0.0], [-200.0, 90.0]]),
    "airports": np.array([[200.0, 0.0], [210.0, 5.0]]),
}
WORLD = plain_world([box(-10, -100, 10, 100), box(40, -300, 60, 300)], zones=plain_zones([box(0, 5, 9, 500)]), **SITES)
"""Two walls and a zone."""


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


def assert_equal(one: RouteTable, other: RouteTable) -> None:
    np.testing.assert_array_equal(one.distance_m, other.distance_m)
    np.testing.assert_array_equal(one.is_blocked, other.is_blocked)
    for level, origin, destination in np.ndindex(3, 4, 4):
        np.testing.assert_array_equal(
            one.waypoints(level, origin, destination), other.waypoints(level, origin, destination)
        )
    np.testing.assert_array_equal(one.from_point(0, (-20.0, 3.0), 2), other.from_point(0, (-20.0, 3.0), 2))
    windy = [table.under_wind((4.0, 2.0), airspeed_mps=12.0).time_s for table in (one, other)]
    np.testing.assert_array_equal(*windy)


def test_a_kept_table_answers_like_a_new_one(tmp_path: Path) -> None:
    new = build_route_table(WORLD, **RULES)
    assert_equal(cached_route_table(WORLD, folder=tmp_path, **RULES), new)
    assert len(files(tmp_path)) == 1
    kept = cached_route_table(WORLD, folder=tmp_path, **RULES)
    assert_equal(kept, new)
    assert kept.paths[0] is not kept.paths[1]
    assert kept.paths[1] is kept.paths[2]
    assert not kept.paths[0].roots.cost.flags.writeable


def test_a_second_call_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached_route_table(WORLD, folder=tmp_path, **RULES)
    monkeypatch.setattr("dronesim.routing.cache.find_routes", lambda _: pytest.fail("built again"))
    cached_route_table(WORLD, folder=tmp_path, **RULES)


def moved(world: World) -> World:
    polygons = world.buildings.polygons.copy()
    polygons[0] = box(-10, -100, 10, 100.000001)
    return replace(world, buildings=Buildings(polygons=polygons, height_m=world.buildings.height_m))


def test_anything_that_changes_the_routes_changes_the_file(tmp_path: Path) -> None:
    lower = replace(WORLD, buildings=replace(WORLD.buildings, height_m=WORLD.buildings.height_m - 1))
    fewer = plain_world(list(WORLD.buildings.polygons), zones=plain_zones(), **SITES)
    swapped = {"takeoff_points": SITES["takeoff_points"][:1], "airports": np.vstack(list(SITES.values()))[1:]}
    other = plain_world(list(WORLD.buildings.polygons), zones=WORLD.zones, **swapped)
    for world in (WORLD, lower, moved(WORLD), fewer, other):
        cached_route_table(world, folder=tmp_path, **RULES)
    for rule, value in {"levels_m": (60.0, 120.0), "clearance_m": 6.0, "roof_margin_m": 9.0}.items():
        cached_route_table(WORLD, folder=tmp_path, **{**RULES, rule: value})
    assert len(files(tmp_path)) == 8


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "garbage", "folder"])
def test_a_damaged_file_is_ignored_and_written_anew(tmp_path: Path, damage: str) -> None:
    new = cached_route_table(WORLD, folder=tmp_path, **RULES)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        flipped = whole[:500] + bytes([whole[500] ^ 1]) + whole[501:]
        path.write_bytes({"cut": whole[:-100], "flipped": flipped, "empty": b"", "garbage": b"?" * 5000}[damage])
    assert_equal(cached_route_table(WORLD, folder=tmp_path, **RULES), new)
    if damage != "folder":
        assert len(path.read_bytes()) == len(whole)
    assert not list(tmp_path.glob(".*.partial-*"))


def test_a_folder_that_cannot_be_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert cached_route_table(WORLD, folder=tmp_path / "file" / "routes", **RULES).length_m(0, 0, 2) > 400


def test_old_tables_are_dropped_and_used_ones_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dronesim.routing.cache.MOST_FILES", 3)
    for clearance_m in (1.0, 2.0, 3.0):
        cached_route_table(WORLD, folder=tmp_path, **{**RULES, "clearance_m": clearance_m})
        for path in files(tmp_path):
            os.utime(path, (path.stat().st_mtime - 100,) * 2)
    first = files(tmp_path)
    cached_route_table(WORLD, folder=tmp_path, **{**RULES, "clearance_m": 1.0})
    stale = tmp_path / ".x.routes.partial-new-elsewhere-1.0"
    stale.write_bytes(b"half")
    os.utime(stale, (time.time() - 7200,) * 2)
    cached_route_table(WORLD, folder=tmp_path, **{**RULES, "clearance_m": 4.0})
    assert len(files(tmp_path)) == 3
    assert len(set(files(tmp_path)) & set(first)) == 2
    assert not stale.exists()
    monkeypatch.setattr("dronesim.routing.cache.find_routes", lambda _: pytest.fail("dropped"))
    cached_route_table(WORLD, folder=tmp_path, **{**RULES, "clearance_m": 1.0})


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("DRONESIM_CACHE", raising=False)
    cached_route_table(WORLD, **RULES)
    assert len(files(tmp_path / "xdg" / "dronesim" / "routes")) == 1
    monkeypatch.setenv("DRONESIM_CACHE", str(tmp_path / "own"))
    cached_route_table(WORLD, **RULES)
    assert len(files(tmp_path / "own" / "routes")) == 1


_PROGRAM = """
import hashlib, sys
from pathlib import Path
sys.path[:0] = [{unit!r}, {tests!r}]
from test_routing_cache import RULES, WORLD, moved
from dronesim.routing import cached_route_table
for _ in range(8):
    for world in (WORLD, moved(WORLD)):
        table = cached_route_table(world, folder=Path(sys.argv[1]), **RULES)
        print(hashlib.sha256(table.distance_m.tobytes()).hexdigest())
        for path in Path(sys.argv[1]).glob("*.routes"):
            if sys.argv[2] == "rude":
                path.unlink(missing_ok=True)
"""


def test_processes_at_the_same_time_do_not_hurt_each_other(tmp_path: Path) -> None:
    """Three write and read the same two files; one of them keeps deleting them."""
    here = Path(__file__).parent
    program = _PROGRAM.format(unit=str(here), tests=str(here.parent))
    commands = [[sys.executable, "-c", program, str(tmp_path), manner] for manner in ("polite", "polite", "rude")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    outputs = [process.communicate(timeout=240)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(outputs[0]) == 16
    assert outputs[0] == outputs[1] == outputs[2]
    assert not list(tmp_path.glob(".*.partial-*"))
