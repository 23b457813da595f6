"""Runs a saved scenario once more in another process to compare the bytes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dronesim.verify.files import listed_files
from dronesim.verify.reading import Run, read_run
from dronesim.verify.report import Check, listed, settle

_NAME = "re-run gives the same bytes"
_OPTIONAL = {".png", ".html", ".svg"}


def rerun(folder: Path) -> Check:
    """Start the saved scenario in a subprocess and compare every file that the manifest lists.

    Pictures and pages are compared where both runs have them.
    """
    run = read_run(folder)
    names = [name for name in listed_files(run.manifest, folder) if name != "manifest.json"]
    with tempfile.TemporaryDirectory(prefix="dronesim-verify-") as scratch:
        out = Path(scratch) / "again"
        ended = subprocess.run(_command(run, out), capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
            return settle(_NAME, 0, [listed([f"the run ended with exit code {ended.returncode}: {last}"])])
        return settle(_NAME, len(names), [listed(_differences(folder, out, names))])


def _command(run: Run, out: Path) -> list[str]:
    tracks = ["--tracks"] if (run.folder / "flown.parquet").exists() else []
    seeds = ["--seed", str(run.facts.seed), "--replication", str(run.facts.replication)]
    scenario = str(run.folder / "scenario.toml")
    return [sys.executable, "-m", "dronesim", "run", scenario, *seeds, "--out", str(out), "--quiet", *tracks]


def _differences(folder: Path, out: Path, names: list[str]) -> Iterator[str]:
    for name in names:
        first, second = folder / name, out / name
        if not (first.is_file() and second.is_file()):
            if first.suffix not in _OPTIONAL:
                yield f"{name} is missing in {'the new run' if first.is_file() else 'the saved run'}"
        elif first.read_bytes() != second.read_bytes():
            yield f"{name} differs ({first.stat().st_size} bytes saved, {second.stat().st_size} new)"
