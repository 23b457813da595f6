"""How many cores this process may use: by its affinity, and by the quota of the container that it is in."""

from __future__ import annotations

import math
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

GROUPS: Final = Path("/sys/fs/cgroup")
MINE: Final = Path("/proc/self/cgroup")


def workers_for(stated: int | None) -> int:
    """Give the number of processes to work with: as stated, else one a core; one where no process may be started.

    A worker of a ``multiprocessing.Pool`` may not start any, and does the work itself.
    """
    if multiprocessing.current_process().daemon:
        return 1
    return stated or cores()


def cores(*, groups: Path = GROUPS, mine: Path = MINE) -> int:
    """Count the cores that this process may use; a quota of 1.5 counts 2."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = min(_quotas(groups, mine), default=math.inf)
    return allowed if math.isinf(quota) else max(1, min(allowed, math.ceil(quota)))


def _quotas(groups: Path, mine: Path) -> Iterator[float]:
    """Give the quotas of the group of this process and of those around it, in cores (cgroup version 2, else 1)."""
    for line in _text(mine).splitlines():
        _, controllers, place = line.split(":", 2)
        version_1 = "cpu" in controllers.split(",")
        if not (controllers == "" or version_1):
            continue
        root = groups / controllers if version_1 else groups
        path = Path(place)
        for at in (path, *path.parents):
            folder = root / at.relative_to("/") if at.is_absolute() else root / at
            yield from _version_1(folder) if version_1 else _version_2(folder)


def _version_2(folder: Path) -> Iterator[float]:
    quota, _, period = _text(folder / "cpu.max").strip().partition(" ")
    if quota.isdecimal() and period.isdecimal() and int(period):
        yield int(quota) / int(period)


def _version_1(folder: Path) -> Iterator[float]:
    quota, period = (_text(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    if quota.isdecimal() and period.isdecimal() and int(period):
        yield int(quota) / int(period)


def _text(path: Path) -> str:
    """Read a file of the system; what is not there, or can't be read, says nothing."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
