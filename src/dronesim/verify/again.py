"""Runs a saved scenario once more in another process to compare the bytes, if its files are as they were written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from dronesim.errors import InputError, Problem
from dronesim.telling import tell_planner
from dronesim.verify.alike import PICTURES, holds_the_same, other_versions
from dronesim.verify.checks import check_run
from dronesim.verify.files import files_whole, listed_files, sha256
from dronesim.verify.reading import BUILT_IN, Run, read_run, read_scenario
from dronesim.verify.report import Check, Report, listed, settle, skipped

_NAME = "re-run gives the same bytes"
_PAGE: Final = "report.html"
_OF_THE_PAGE: Final = "report.json"
_DEFAULT: Final = "nearest"
_CODE: Final = ".py"


def verify_again(folder: Path, *, is_trusted: bool = False) -> Report:
    """Check a run folder, and run its scenario again.

    Raises
    ------
    InputError
        It is no run folder; or it was made with a policy that is not built in, and is not trusted.
    """
    run = read_run(folder)
    check_trusted(run, is_trusted=is_trusted)
    found = check_run(run)
    return replace(found, checks=(*found.checks, _run_again(run)))


def rerun(folder: Path, *, is_trusted: bool = False) -> Check:
    """Start the saved scenario in a subprocess and compare every file that the manifest lists.

    Bytes are compared; where Python or a package is of another version than when the run was written, contents are,
    and the versions are named.

    Where a file is not as its hash says, nothing is started. A policy that is not built in is named on standard error
    before it runs, and runs only if it ``is_trusted``. Pictures and pages are compared where both runs have them.
    """
    run = read_run(folder)
    check_trusted(run, is_trusted=is_trusted)
    return _run_again(run)


def _run_again(run: Run) -> Check:
    if not files_whole(run).is_clean:
        return skipped(_NAME, "not run again, for the files of the run are not as their hashes say")
    if _policy(run) not in BUILT_IN:
        tell_planner(f"runs code that is not part of dronesim: {_told(run)}")
    names = [name for name in listed_files(run.manifest, run.folder) if name != "manifest.json"]
    with tempfile.TemporaryDirectory(prefix="dronesim-verify-") as scratch:
        out = Path(scratch) / "again"
        ended = subprocess.run(
            _command(run, out), capture_output=True, text=True, check=False, cwd=scratch, env=_environment()
        )
        if ended.returncode != 0:
            last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
            return settle(_NAME, 0, [listed([f"the run ended with exit code {ended.returncode}: {last}"])])
        others = other_versions(run.manifest)
        note = f"by content, for other versions are here: {'; '.join(others)}" if others else ""
        return settle(_NAME, len(names), [listed(_differences(run.folder, out, names, is_exact=not others))], note)


def check_trusted(run: Run, *, is_trusted: bool) -> None:
    """Refuse to run code of a folder, which its policy is, unless it is trusted.

    Files that are not as their hashes say are left to the report, which runs nothing then.

    Raises
    ------
    InputError
        Names the policy, and its files with their hashes.
    """
    if is_trusted or _policy(run) in BUILT_IN or not files_whole(run).is_clean:
        return
    way_out = "read it, and add --trust (from Python trust=True) if you trust it"
    rule = f"would run code that is not part of dronesim: {_told(run)}; {way_out}"
    raise InputError([Problem(file=str(run.folder), key="--rerun", rule=rule)])


def _told(run: Run) -> str:
    """Name the policy of a run, and all code in its folder with its hash."""
    files = [name for name in listed_files(run.manifest, run.folder) if name.endswith(_CODE)]
    code = ", ".join(f"{run.folder / name} (SHA-256 {sha256(run.folder / name)})" for name in files)
    return f"policy {_policy(run)} of {code or 'a module that is not in its folder'}"


def _policy(run: Run) -> str:
    """Give the policy that the saved scenario names, which is the one that would run."""
    dispatch = read_scenario(run.folder).get("dispatch", {})
    return str(dispatch.get("policy", _DEFAULT)) if isinstance(dispatch, Mapping) else _DEFAULT


def _command(run: Run, out: Path) -> list[str]:
    """Name the program and what it shall do; ``-P`` keeps the current folder off the path of modules.

    The policy is stated, so that it is the one that was looked at, whatever the scenario is made of.
    """
    tracks = ["--tracks"] if (run.folder / "flown.parquet").exists() else []
    seeds = ["--seed", str(run.facts.seed), "--replication", str(run.facts.replication)]
    scenario = str((run.folder / "scenario.toml").resolve())
    policy = f"dispatch.policy={json.dumps(_policy(run))}"
    begun = [sys.executable, "-P", "-m", "dronesim", "run", scenario]
    return [*begun, *seeds, "--set", policy, "--out", str(out), "--quiet", *tracks]


def _environment() -> dict[str, str]:
    """Give our environment, with paths of modules that mean the same from any folder, and none of the current one."""
    stated = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    paths = os.pathsep.join(str(Path(place).resolve()) for place in stated)
    return {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"}


def _differences(folder: Path, out: Path, names: list[str], *, is_exact: bool) -> Iterator[str]:
    is_signed_alike = _codes(folder) == _codes(out)
    for name in names:
        first, second = folder / name, out / name
        if name == _PAGE and not is_signed_alike:
            continue
        if not (first.is_file() and second.is_file()):
            if first.suffix not in PICTURES and name != _OF_THE_PAGE:
                yield f"{name} is missing in {'the new run' if first.is_file() else 'the saved run'}"
        elif first.read_bytes() != second.read_bytes() and (is_exact or not holds_the_same(first, second)):
            yield f"{name} differs ({first.stat().st_size} bytes saved, {second.stat().st_size} new)"


def _codes(folder: Path) -> object:
    """Tell what signed the pickup codes that a page shows: the new run may have been given another key."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest.get("codes") if isinstance(manifest, dict) else None
