"""What it costs to start: importing, help, a check, a tiny run, a run of the quickstart, and compiling the kernels.

    python benchmarks/start.py
    python benchmarks/start.py --against c4d5189
    python benchmarks/start.py --against HEAD --rows help validate --repeat 15

Each row is a process of its own, as a user starts it. Figures are the time of the processor, of that process and of all
that it starts, medians of some repeats. With ``--against`` the same is done by another commit (from `git archive`, so
nothing but the repository is needed), both in turns (A B A B ...). Shown are the median, least and largest ratio of the
turns, and whether both wrote the same tables, facts and key figures, to the byte.

Kernels are kept in folders of this program's own. ``compile`` is the first run of the quickstart on a new machine, with
an empty folder, less a run right after it; all others come after a run that has filled it. Bytecode is kept always.

``--json`` prints the figures as JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from against import ROOT, environment_of, unpack

TINY: Final = ROOT / "tests" / "data" / "tiny.toml"
QUICKSTART: Final = ROOT / "scenarios" / "quickstart.toml"
RUN: Final = ("-m", "dronesim", "run")
ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "import": ("-c", "import dronesim; dronesim.run"),
    "help": ("-m", "dronesim", "--help"),
    "validate": ("-m", "dronesim", "validate", str(TINY)),
    "tiny": (*RUN, str(TINY)),
    "quickstart": (*RUN, str(QUICKSTART)),
    "compile": (*RUN, str(QUICKSTART)),
}
"""What Python is started with; runs are written into a folder of their own."""
WRITTEN: Final = ("*.parquet", "facts.json", "kpis.json")


@dataclass(frozen=True)
class Side:
    """A tree whose sources are run, and a folder for what it compiles and writes."""

    source: Path
    scratch: Path

    def cost_s(self, row: str, *, kept: str = "kernels") -> float:
        """Run a row once: the processor's time of the process and its children."""
        out = self.scratch / "out"
        words = [sys.executable, *ROWS[row], *(["--out", str(out), "--quiet"] if ROWS[row][:3] == RUN else [])]
        environment = environment_of(self.source, NUMBA_CACHE_DIR=str(self.scratch / kept))
        child = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = child.stderr.read() if child.stderr is not None else b""
        _, status, spent = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{' '.join(words)} ended with {child.returncode}:\n{said.decode()}")
        return spent.ru_utime + spent.ru_stime

    def compiling_s(self) -> float:
        """Run the quickstart with no kernel kept, less what it costs when all are."""
        shutil.rmtree(self.scratch / "new", ignore_errors=True)
        return self.cost_s("compile", kept="new") - self.cost_s("compile", kept="new")

    def digest(self) -> str:
        """Give a hash of the contents of what the last run wrote, its pictures and pages left out."""
        text = hashlib.sha256()
        for path in sorted(path for kind in WRITTEN for path in (self.scratch / "out").glob(kind)):
            text.update(path.name.encode() + path.read_bytes())
        return text.hexdigest()


def turn(side: Side, row: str) -> tuple[float, str]:
    """Do a row once; gives its cost and a digest of what a run has left."""
    return side.compiling_s() if row == "compile" else side.cost_s(row), side.digest()


def measure(sides: list[Side], rows: list[str], *, repeat: int, compiled: int) -> dict[str, dict[str, Any]]:
    """Do all rows by each side in turns."""
    found = dict[str, dict[str, Any]]()
    for row in rows:
        for side in sides:
            side.cost_s(row)
        turns = [[turn(side, row) for side in sides] for _ in range(compiled if row == "compile" else repeat)]
        costs = [[spent_s for spent_s, _ in each] for each in turns]
        found[row] = {"s": [statistics.median(column) for column in zip(*costs, strict=True)]}
        if len(sides) > 1:
            ratios = [that_s / this_s for this_s, that_s in costs]
            found[row] |= {"ratio": statistics.median(ratios), "least": min(ratios), "largest": max(ratios)}
            if ROWS[row][:3] == RUN:
                found[row]["is_same"] = all(this == that for (_, this), (_, that) in turns)
    return found


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", help="commit to do the same by")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--repeat", type=int, default=7, help="turns that are counted; one before them is not")
    parser.add_argument("--compiled", type=int, default=1, help="turns of compiling, which takes longest")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = [ROOT / "src"]
        if chosen.against:
            sources.append(unpack(chosen.against, folder / "other") / "src")
        sides = [Side(source=source, scratch=folder / str(number)) for number, source in enumerate(sources)]
        for side in sides:
            side.scratch.mkdir()
        found = measure(sides, chosen.rows, repeat=chosen.repeat, compiled=chosen.compiled)
    if chosen.json:
        print(json.dumps({"against": chosen.against, "rows": found}, indent=2))
        return
    print("processor seconds of a process and its children" + (f" against {chosen.against}" if chosen.against else ""))
    for row, figures in found.items():
        print(f"{row:<10} {_told(figures)}")


def _told(figures: Mapping[str, Any]) -> str:
    if "ratio" not in figures:
        return f"{figures['s'][0]:.2f} s"
    this_s, other_s = figures["s"]
    same = {True: "; the same tables", False: "; OTHER TABLES", None: ""}[figures.get("is_same")]
    spread = f"{figures['least']:.2f} to {figures['largest']:.2f}"
    return f"{other_s:.2f} s -> {this_s:.2f} s, {figures['ratio']:.2f} times ({spread}){same}"


if __name__ == "__main__":
    main()
