"""What a policy may use, and the clocks that see to it.

A decision that goes on beyond its limit ends the process, by the system's own signals, which raise nothing that can be
caught. A policy that takes these signals over is ended when its day has run out of time. What else is too much voids
the day when it is over.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch import Decisions, DispatchPolicy, DispatchView
from dronesim.errors import PolicyError

MS: Final = 1000.0
GIB: Final = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one policy's process; of wall time it may use ``wall`` times as much as of its processor's.

    ``p99_s``: of the decisions of a day; ``each_s``: of each; ``day_s``: of all of a day; ``memory_gib``: of the
    process.
    """

    p99_s: float = 0.1
    each_s: float = 1.0
    day_s: float = 60.0
    wall: float = 10.0
    memory_gib: float = 2.0

    def content(self) -> dict[str, float]:
        """Give them for JSON."""
        return asdict(self)


class Timed:
    """A policy whose decisions are timed, and ended where one takes too long."""

    def __init__(self, policy: DispatchPolicy, limits: Limits) -> None:
        self._policy = policy
        self._limits = limits
        self._spent_s: list[tuple[float, float]] = []

    def __call__(self, view: DispatchView) -> Decisions:
        """Ask the policy."""
        limits = self._limits
        signal.setitimer(signal.ITIMER_PROF, limits.each_s)
        signal.setitimer(signal.ITIMER_REAL, limits.each_s * limits.wall)
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        try:
            return self._policy(view)
        finally:
            self._spent_s.append((time.process_time() - cpu_s, time.perf_counter() - wall_s))
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def spent(self) -> dict[str, Any]:
        """Tell how long the decisions of the day took, by the processor's time and by the clock on the wall."""
        columns = np.array(self._spent_s).reshape(-1, 2).T
        return {"count": len(self._spent_s), "cpu": _told(columns[0]), "wall": _told(columns[1])}

    def check(self) -> None:
        """Void a day on which decisions took too long all in all.

        Raises
        ------
        PolicyError
            They did.
        """
        for (clock, factor), column in zip((("CPU", 1.0), ("wall", self._limits.wall)), range(2), strict=True):
            spent_s = np.array([each[column] for each in self._spent_s])
            p99_s = float(np.percentile(spent_s, 99)) if len(spent_s) else 0.0
            for what, took_s, most_s in (
                ("the 99th percentile of its decisions", p99_s, self._limits.p99_s * factor),
                ("all decisions of the day", float(spent_s.sum()), self._limits.day_s * factor),
            ):
                if took_s > most_s:
                    raise PolicyError(f"{what} took {took_s:.3g} s of {clock} time, above {most_s:g} s")


def _told(spent_s: NDArray[np.float64]) -> dict[str, float]:
    if not len(spent_s):
        return {}
    p50, p99 = np.percentile(spent_s, [50, 99])
    numbers = {"p50_ms": p50 * MS, "p99_ms": p99 * MS, "max_ms": spent_s.max() * MS, "total_s": spent_s.sum()}
    return {name: round(float(number), 3) for name, number in numbers.items()}


def confine(limits: Limits, *, slot: int = 0) -> dict[str, str]:
    """Confine this process to its memory, one core, and no network where the system lets it; tells what was done.

    ``slot`` spreads processes over the cores.
    """
    told = {"network": _cut_network()}
    memory = int(limits.memory_gib * GIB)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        told["memory"] = f"{limits.memory_gib:g} GiB"
    except (OSError, ValueError) as error:
        told["memory"] = f"not limited: {error}"
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[slot % len(cores)]})
        told["cores"] = "one"
    else:
        told["cores"] = "not limited"
    return told


def _cut_network() -> str:
    """Leave the network by a namespace of its own; to be called before there is a second thread."""
    import ctypes

    new_user, new_net = 0x10000000, 0x40000000
    try:
        call = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):
        return "not cut: this system has no namespaces"
    for flags in (new_net, new_user | new_net):
        if call(flags) == 0:
            return "cut"
    return f"not cut: {os.strerror(ctypes.get_errno())}"
