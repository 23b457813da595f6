"""The manifest: what made a run, so that it can be made again."""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import platform
import resource
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.dispatch import DispatchPolicy

PACKAGES: Final = (
    "simpy", "numpy", "scipy", "numba", "shapely", "networkx", "matplotlib", "pydantic", "pyarrow"
)  # fmt: skip


def policy_file(policy: DispatchPolicy) -> Path | None:
    """Find the source file of a policy, function or object; None where there is none, as in a notebook."""
    source = policy if inspect.isroutine(policy) else type(policy)
    try:
        found = inspect.getsourcefile(source)
    except TypeError:
        return None
    return Path(found) if found is not None and Path(found).is_file() else None


def describe_run(
    *,
    hashes: dict[str, str],
    seed: int,
    replication: int,
    policy_name: str,
    policy_source: Path | None,
    codes: dict[str, str],
    wall_s: float,
    orders: int,
    decided_ns: Sequence[float],
) -> dict[str, Any]:
    """Put together ``manifest.json``; ``hashes`` are those of every other file of the run.

    ``codes``: whose key signed the pickup codes, and by what it can be known; ``decided_ns``: how long the policy took
    for each of its decisions.
    """
    return {
        "schema_version": 1,
        "dronesim": importlib.metadata.version("dronesim"),
        "status": "complete",
        "seed": seed,
        "replication": replication,
        "policy": {
            "name": policy_name,
            "source_sha256": None if policy_source is None else hashlib.sha256(policy_source.read_bytes()).hexdigest(),
        },
        "codes": codes,
        "command": sys.argv,
        "platform": {"python": platform.python_version(), "system": platform.platform()},
        "packages": dict(_versions()),
        "run": {
            "wall_s": round(wall_s, 3),
            "orders_per_s": round(orders / wall_s, 1) if wall_s > 0 else None,
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        },
        "decisions": _decisions(decided_ns),
        "inputs": {name: digest for name, digest in hashes.items() if name.startswith("inputs/")},
        "files": hashes,
    }


@cache
def _versions() -> dict[str, str]:
    """Look up which packages there are: a hundredth of a second, as long as a tiny day takes."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def _decisions(decided_ns: Sequence[float]) -> dict[str, Any]:
    """Tell how often the policy was asked, and how long it took: wall time, of a snapshot that is made already."""
    if not decided_ns:
        return {"count": 0}
    took_ms = np.array(decided_ns, dtype=np.float64) / 1e6
    p50, p99 = np.percentile(took_ms, (50, 99), method="higher").tolist()
    total_s = round(float(took_ms.sum()) / 1e3, 4)
    return {
        "count": len(took_ms),
        "p50_ms": round(p50, 4),
        "p99_ms": round(p99, 4),
        "max_ms": round(float(took_ms.max()), 4),
        "total_s": total_s,
    }
