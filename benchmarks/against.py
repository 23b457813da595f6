"""Days of a scenario by this tree and by another commit, in turns: what a change costs or saves.

    python benchmarks/against.py --against c4d5189
    python benchmarks/against.py --against HEAD --days 15 --set airspace.mode=headway

Each side runs in a process of its own that is kept: the other commit from `git archive`, so nothing but the repository
is needed. Both live the same days in turns (A B A B ...), warm: the first days are not counted. Figures are the
processor's time of ``simulate``, drawing and writing not counted, and the median, least and largest of the days'
ratios. Told is also on how many days both sides leave the same tables and facts, to the byte.

``--json`` prints the figures as JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
MODES = ("strategic", "headway")


def live(scenario: str, overrides: list[str]) -> None:
    """Live the days that are asked for on standard input; tells the time and a digest of each."""
    from dronesim.experiment.compose import prepare, set_up
    from dronesim.scenario import load_scenario
    from dronesim.simulation import simulate

    setting = set_up(load_scenario(scenario, overrides))
    for line in sys.stdin:
        inputs = prepare(setting, replication=int(line))
        begun_s = time.process_time()
        outcome = simulate(inputs)
        spent_s = time.process_time() - begun_s
        print(json.dumps([spent_s, digest(outcome)]), flush=True)


def digest(outcome: Any) -> str:
    """Give a hash of the tables and facts of a day, whatever the width of their numbers."""
    text = hashlib.sha256(json.dumps(outcome.facts, sort_keys=True, default=str).encode())
    for name, table in sorted(outcome.tables.items()):
        for column, values in sorted(table.items()):
            text.update(f"{name}.{column}".encode())
            text.update(_plain(np.asarray(values)))
    return text.hexdigest()


def _plain(values: NDArray[Any]) -> bytes:
    """Write a column down as eight bytes a number, or as text."""
    if values.dtype.kind in "iub":
        return values.astype(np.int64).tobytes()
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), np.nan, values).astype(np.float64).tobytes()
    return repr(values.tolist()).encode()


def environment_of(source: Path, **others: str) -> dict[str, str]:
    """Give an environment in which a process runs the sources in a folder; it keeps the bytecode of what it imports.

    Where nothing of it is kept (``PYTHONDONTWRITEBYTECODE``) each process compiles all modules anew, and is not warm.
    """
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {"PYTHONPATH": str(source)} | others


@contextmanager
def side(source: Path, scenario: Path, overrides: list[str]) -> Iterator[tuple[IO[str], IO[str]]]:
    """Keep a process that lives days by the program in a folder; what it compiles is kept beside its sources."""
    command = [sys.executable, __file__, "--live", str(scenario)]
    command += [part for override in overrides for part in ("--set", override)]
    environment = environment_of(source)
    with subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        if child.stdin is None or child.stdout is None:
            raise AssertionError("both are pipes")
        yield child.stdin, child.stdout
        child.stdin.close()


def timed(pipes: tuple[IO[str], IO[str]], replication: int) -> tuple[float, str]:
    """Have a day lived; gives its processor seconds and its digest."""
    print(replication, file=pipes[0], flush=True)
    spent_s, found = json.loads(pipes[1].readline())
    return spent_s, found


def measure(other: Path, scenario: Path, overrides: list[str], *, days: int, warm_up: int) -> dict[str, Any]:
    """Live days on both sides in turns."""
    sides = (side(ROOT / "src", scenario, overrides), side(other / "src", scenario, overrides))
    with sides[0] as this, sides[1] as that:
        turns = [(timed(this, number), timed(that, number)) for number in range(warm_up + days)]
    counted = turns[warm_up:]
    ratios = [that_s / this_s for (this_s, _), (that_s, _) in counted]
    return {
        "this_s": statistics.median(this_s for (this_s, _), _ in counted),
        "other_s": statistics.median(other_s for _, (other_s, _) in counted),
        "ratio": statistics.median(ratios),
        "least": min(ratios),
        "largest": max(ratios),
        "same_days": sum(this == that for (_, this), (_, that) in turns),
        "days": len(turns),
    }


def unpack(commit: str, folder: Path) -> Path:
    """Put the files of a commit into a folder."""
    command = [shutil.which("git") or "git", "-C", str(ROOT), "archive", commit, "src"]
    files = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", default="HEAD", help="commit to live the same days by")
    parser.add_argument("--days", type=int, default=9, help="days that are counted")
    parser.add_argument("--warm-up", type=int, default=2, help="days before them")
    parser.add_argument("--scenario", type=Path, default=ROOT / "scenarios" / "quickstart.toml")
    parser.add_argument("--set", action="append", default=[], help="a key of the scenario, for all rows")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--live", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    if chosen.live:
        live(chosen.live, chosen.set)
        return
    figures = dict[str, dict[str, Any]]()
    with tempfile.TemporaryDirectory() as folder:
        other = unpack(chosen.against, Path(folder) / "other")
        for mode in MODES:
            overrides = [f"airspace.mode={mode}", *chosen.set]
            figures[mode] = measure(other, chosen.scenario, overrides, days=chosen.days, warm_up=chosen.warm_up)
    if chosen.json:
        print(json.dumps({"against": chosen.against, "modes": figures}, indent=2))
        return
    print(f"days of {chosen.scenario.name} against {chosen.against}, processor seconds a day")
    for mode, row in figures.items():
        same = f"the same tables on {row['same_days']} of {row['days']} days"
        spread = f"{row['least']:.2f} to {row['largest']:.2f}"
        print(
            f"{mode:<10} {row['other_s']:.3f} s -> {row['this_s']:.3f} s, {row['ratio']:.2f} times ({spread}); {same}"
        )


if __name__ == "__main__":
    main()
