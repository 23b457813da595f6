"""Writes the list of kernels that an ordinary day calls, which are compiled beforehand on a new machine.

    python benchmarks/kernels.py

A quickstart day is run in each mode of its airspace with nothing kept on disk; the list, the dearest kernel first, is
written into ``src/dronesim/routing/kernels.json``. `tests/unit/test_compiled.py` fails where it does not fit what days
call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
DAY: Final = ROOT / "scenarios" / "quickstart.toml"
LISTED: Final = ROOT / "src" / "dronesim" / "routing" / "kernels.json"
ORDERS: Final = 200
"""So few call all that the whole day calls."""
MODES: Final = ("none", "headway", "strategic")


def record(mode: str, out: str) -> None:
    """Run the day in this process and print, as JSON, each kernel that Python calls and what it took to compile."""
    import time

    from numba.core.dispatcher import Dispatcher

    import dronesim
    from dronesim.routing.compiled import stated_kind

    compile_one: Any = Dispatcher.compile
    depth, found = [0], list[Any]()

    def watched(made: Any, kinds: Any) -> Any:
        began_s = time.process_time()
        depth[0] += 1
        try:
            return compile_one(made, kinds)
        finally:
            depth[0] -= 1
            if not depth[0] and made.py_func.__module__.startswith("dronesim."):
                row = [made.py_func.__module__, made.py_func.__name__, [stated_kind(kind) for kind in kinds]]
                found.append([time.process_time() - began_s, row])

    patched: Any = Dispatcher
    patched.compile = watched
    dronesim.run(DAY, out=out, set={"demand.orders": ORDERS, "airspace.mode": mode})
    print(json.dumps(found))


def written(found: dict[str, list[list[Any]]]) -> str:
    """Give the list of what days of each mode called, each kernel once with its modes, the dearest first."""
    took_s, modes = dict[str, float](), dict[str, list[str]]()
    for mode, calls in found.items():
        for spent_s, row in calls:
            key = json.dumps(row)
            took_s[key] = max(took_s.get(key, 0.0), spent_s)
            if mode not in modes.setdefault(key, []):
                modes[key].append(mode)
    rows = sorted(modes, key=lambda key: -took_s[key])
    return "[\n" + ",\n".join(json.dumps([*json.loads(row), modes[row]]) for row in rows) + "\n]\n"


def main() -> None:
    """Record the days, each with nothing on disk; write the list."""
    found = dict[str, list[list[Any]]]()
    with tempfile.TemporaryDirectory() as name:
        for mode in MODES:
            environment = os.environ | {"NUMBA_CACHE_DIR": f"{name}/{mode}", "DRONESIM_CACHE": f"{name}/{mode}-routes"}
            words = [sys.executable, __file__, mode, f"{name}/day"]
            told = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
            found[mode] = json.loads(told.splitlines()[-1])
    LISTED.write_text(written(found), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        record(*sys.argv[1:])
    else:
        main()
