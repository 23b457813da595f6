"""Route tables kept on disk, by a hash of the brief that they are made from.

A file is a SHA-256 digest and the arrays that it covers. It is written aside and renamed, so a reader sees a whole
file or none; one that is cut short or changed does not match its digest and is built again. Where the folder can't
be used, routes are computed as if there were no cache.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.defaults import STRUCTURE
from dronesim.geometry.distance import read_only
from dronesim.geometry.obstacles import Obstacles
from dronesim.record.folder import sweep, write_whole
from dronesim.routing.brief import RouteBrief, Structure, brief_of
from dronesim.routing.build import find_routes, table_of
from dronesim.routing.graph import restore_graph
from dronesim.routing.table import RouteTable
from dronesim.routing.visibility import ShortestPaths, Trees, norms
from dronesim.world import World

Arrays = dict[str, NDArray[Any]]

ROUTING_VERSION: Final = 2
"""To be raised when the same world gets other routes, or the file another form."""

MOST_FILES: Final = 32
"""So many tables are kept; of more, those that were not used for longest are dropped."""

_SUFFIX = ".routes"
_STALE_S = 3600.0
_LIBRARIES = (shapely.__version__, shapely.geos_version_string)
_OBSTACLES = ("corner_xy", "ring_offsets", "is_convex", "blocker_from_xy", "blocker_to_xy")


def cached_route_table(
    world: World,
    *,
    levels_m: Sequence[float],
    clearance_m: float,
    roof_margin_m: float,
    structure: Structure = STRUCTURE,
    folder: Path | None = None,
) -> RouteTable:
    """Give what ``build_route_table`` gives, from disk where it has been made before.

    ``folder`` is by default ``routes`` in the folder that the environment variable DRONESIM_CACHE names, else in
    ``dronesim`` under XDG_CACHE_HOME, else under ``~/.cache``. Tables of airways, quickly made, are not kept.
    """
    brief = brief_of(
        world, levels_m=levels_m, clearance_m=clearance_m, roof_margin_m=roof_margin_m, structure=structure
    )
    place = default_folder() if folder is None else folder
    if place is None or structure != "free":
        return find_routes(brief)
    path = place / f"{brief.digest(ROUTING_VERSION, *_LIBRARIES)}{_SUFFIX}"
    arrays = _read(path)
    if arrays is not None:
        return table_of(_paths(arrays, brief), brief)
    table = find_routes(brief)
    _keep(path, _arrays(table))
    return table


def default_folder() -> Path | None:
    """Where route tables are kept; None for a user without a home."""
    named = os.environ.get("DRONESIM_CACHE")
    if named:
        return Path(named) / "routes"
    caches = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(caches) if caches else Path.home() / ".cache") / "dronesim" / "routes"
    except RuntimeError:
        return None


def _arrays(table: RouteTable) -> Arrays:
    """Arrays from which a table of free routes can be made again."""
    different = list({id(paths): paths for paths in table.paths}.values())
    numbers = {id(paths): number for number, paths in enumerate(different)}
    arrays: Arrays = {"paths_of_level": np.array([numbers[id(paths)] for paths in table.paths], dtype=np.int64)}
    for number, paths in enumerate(different):
        if not isinstance(paths, ShortestPaths):
            raise TypeError("only tables of shortest free routes can be kept")
        graph, roots = paths.graph, paths.roots
        parts = {name: getattr(graph.obstacles, name) for name in _OBSTACLES}
        parts |= {"offsets": graph.offsets, "targets": graph.targets, "is_blocked": graph.is_blocked}
        parts |= {"cost": roots.cost, "previous": roots.previous}
        arrays |= {f"{number}.{name}": part for name, part in parts.items()}
    return arrays


def _paths(arrays: Mapping[str, NDArray[Any]], brief: RouteBrief) -> tuple[ShortestPaths, ...]:
    """Paths of each level from kept arrays."""
    numbers = arrays["paths_of_level"].tolist()
    made = {number: _shortest_paths(arrays, brief.xy, prefix=f"{number}.") for number in set(numbers)}
    return tuple(made[number] for number in numbers)


def _shortest_paths(arrays: Mapping[str, NDArray[Any]], xy: NDArray[np.float64], *, prefix: str) -> ShortestPaths:
    part = {name.removeprefix(prefix): read_only(array) for name, array in arrays.items() if name.startswith(prefix)}
    graph = restore_graph(
        Obstacles(**{name: part[name] for name in _OBSTACLES}),
        xy,
        is_blocked=part["is_blocked"],
        offsets=part["offsets"],
        targets=part["targets"],
    )
    trees = Trees(cost=part["cost"], previous=part["previous"])
    return ShortestPaths(graph=graph, length_m=read_only(norms(graph.steps())), roots=trees)


def _read(path: Path) -> Arrays | None:
    """Arrays of a file whose digest is right, else None; the file counts as used now."""
    try:
        content = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    digest, body = content[:32], content[32:]
    if hashlib.sha256(body).digest() != digest:
        return None
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except (ValueError, zipfile.BadZipFile):
        return None


def _keep(path: Path, arrays: Arrays) -> None:
    """Write a file aside and rename it; do nothing where that is not possible."""
    body = io.BytesIO()
    np.savez(body, **arrays)  # type: ignore[arg-type]
    content = body.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, hashlib.sha256(content).digest() + content)
        _drop_oldest(path.parent)
    except OSError:
        return


def _drop_oldest(folder: Path) -> None:
    """Keep the tables used last, and nothing that a killed process left half-written."""
    by_age = sorted(_ages(folder.glob(f"*{_SUFFIX}")), reverse=True)
    for _, path in by_age[MOST_FILES:]:
        path.unlink(missing_ok=True)
    sweep(folder, stale_s=_STALE_S)


def _ages(paths: Iterator[Path]) -> list[tuple[float, Path]]:
    """When each file was used last; one that another process has dropped meanwhile is left out."""
    found = []
    for path in paths:
        try:
            found.append((path.stat().st_mtime, path))
        except FileNotFoundError:
            continue
    return found
