"""The independent checker refuses what is no run folder, and repeats a saved run in another process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.errors import InputError
from dronesim.verify import rerun, verify_run
from dronesim.verify.intervals import covers, excess, last_before, overlapping
from oracles.handmade_run import seal, write_handmade_run, write_table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_handmade_run(tmp_path / "run")


def test_a_folder_that_does_not_exist_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        verify_run(tmp_path / "nowhere")


def test_a_file_is_no_run_folder(folder: Path) -> None:
    with pytest.raises(InputError, match="is a file, not the folder of a run"):
        verify_run(folder / "facts.json")


def test_every_missing_file_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        verify_run(tmp_path)
    assert len(caught.value.problems) == 8
    assert "is not a run folder: orders.parquet is missing" in str(caught.value)


@pytest.mark.parametrize("name", ["facts.json", "kpis.json", "manifest.json"])
@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_broken_json_is_an_input_error_that_names_the_file(name: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        verify_run(folder)


@pytest.mark.parametrize("content", [b"", b"noise" * 1000, b"PAR1PAR1"])
def test_a_broken_table_is_an_input_error_that_names_the_file(content: bytes, folder: Path) -> None:
    (folder / "legs.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"legs\.parquet"):
        verify_run(folder)


def test_all_missing_facts_are_named_at_once(folder: Path) -> None:
    (folder / "facts.json").write_text(json.dumps({"horizon": {"start_s": "ten"}}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        verify_run(folder)
    text = str(caught.value)
    assert "horizon.start_s: must be a number (found 'ten')" in text
    assert "airspace.separation_m: is missing" in text
    assert "sites.airports: is missing" in text


@pytest.mark.parametrize(
    "wind",
    [
        "calm",
        [],
        [{"levels": [[60.0, 0.0, 0.0]]}],
        [{"from_s": 0.0, "levels": [[60.0, 0.0]]}],
        [{"from_s": 0.0, "levels": 3.0}],
        [{"from_s": 0.0, "levels": [[60.0, "east", 0.0]]}],
    ],
)
def test_a_wind_of_another_shape_is_an_input_error(wind: Any, folder: Path) -> None:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    (folder / "facts.json").write_text(json.dumps({**facts, "wind": wind}), encoding="utf-8")
    with pytest.raises(InputError, match="wind: must be a list, of at least one wind"):
        verify_run(folder)


def test_a_top_speed_need_not_be_told_but_must_be_a_number(folder: Path) -> None:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    facts["aircraft"]["max_mps"] = "fast"
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(InputError, match=r"aircraft\.max_mps: must be a number"):
        verify_run(folder)


@pytest.mark.parametrize("files", [None, [], {"orders.parquet": 3}, {"../../secret": "00"}, {"/etc/hosts": "00"}])
def test_a_manifest_may_only_name_files_of_the_folder(files: Any, folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json: files"):
        verify_run(folder)


def test_a_day_without_any_order_is_verified_without_a_crash(folder: Path) -> None:
    for name in ("orders", "legs", "occupancy", "waits", "incidents", "scans", "cleared", "flown"):
        write_table(folder, name, [])
    seal(folder)
    report = verify_run(folder)
    unclean = {check.name for check in report.checks if not check.is_clean}
    assert unclean == {"conservation of orders", "key figures recomputed", "utilization"}


def _pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, *, spoil: str | None = None, code: int = 0) -> list[str]:
    """Let the subprocess be a copy of the folder, with one file spoilt."""
    command: list[str] = []

    def run(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        command.extend(arguments)
        out = Path(arguments[arguments.index("--out") + 1])
        shutil.copytree(folder, out)
        if spoil is not None:
            (out / spoil).write_bytes(b"other")
        return subprocess.CompletedProcess(arguments, code, "", "noise\nno such map")

    monkeypatch.setattr(subprocess, "run", run)
    return command


def test_a_rerun_with_the_same_bytes_is_clean(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = _pretend(monkeypatch, folder)
    check = rerun(folder)
    assert check.is_clean
    assert check.examined == 10
    assert command[:5] == [sys.executable, "-P", "-m", "dronesim", "run"]
    assert command[6:12] == ["--seed", "1", "--replication", "0", "--set", 'dispatch.policy="nearest"']
    assert command[-1] == "--quiet"


def test_a_rerun_of_a_tracked_run_asks_for_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_handmade_run(tmp_path / "run", has_tracks=True)
    command = _pretend(monkeypatch, folder)
    rerun(folder)
    assert command[-1] == "--tracks"


def test_a_rerun_with_other_bytes_names_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, folder, spoil="kpis.json")
    assert "kpis.json differs" in rerun(folder).violations[0]


def test_a_rerun_that_fails_gives_its_exit_code_and_last_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, folder, code=2)
    assert rerun(folder).violations == ("the run ended with exit code 2: no such map",)


def test_a_saved_scenario_that_can_not_be_run_any_more_is_a_breach_and_no_crash(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The handmade day names no map: the program itself says so, to the checker and to nobody else."""
    check = rerun(folder)
    assert not check.is_clean
    (text,) = check.violations
    assert text.startswith("the run ended with exit code 2: ")
    assert text.endswith("problems")
    assert capfd.readouterr() == ("", "")


def test_interval_kernels_agree_with_plain_loops() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        n = int(rng.integers(1, 40))
        keys, start = rng.integers(0, 4, n), rng.integers(0, 50, n).astype(float)
        end = start + rng.integers(0, 12, n)
        asked = rng.integers(0, 5, 30), rng.integers(0, 60, 30).astype(float)
        until = asked[1] + rng.integers(0, 6, 30)
        is_covered = covers(keys, start, end, ask_keys=asked[0], ask_from_s=asked[1], ask_to_s=until)
        found = last_before(keys, start, ask_keys=asked[0], ask=asked[1])
        for i in range(30):
            rows = [j for j in range(n) if keys[j] == asked[0][i] and start[j] <= asked[1][i]]
            assert is_covered[i] == _is_held(keys, start, end, asked[0][i], asked[1][i], until[i])
            assert (found[i] >= 0) == bool(rows)
            assert not rows or start[found[i]] == max(start[j] for j in rows)
        over, held = excess(keys, start, end, capacity=np.ones(n, np.int64))
        assert _is_double(keys, start, end) == bool(len(over)) == bool(len(overlapping(keys, start, end)[0]))
        assert held.min(initial=2) >= 2


def _is_held(keys: Any, start: Any, end: Any, key: int, begin: float, until: float) -> bool:
    """Walk from booking to booking for as long as one takes over where another ends."""
    now, is_begun = begin, False
    while True:
        ends = [end[j] for j in range(len(keys)) if keys[j] == key and start[j] <= now <= end[j]]
        is_begun |= bool(ends)
        if not ends or max(ends) == now:
            return is_begun and now >= until
        now = max(ends)


def _is_double(keys: Any, start: Any, end: Any) -> bool:
    return any(
        keys[i] == keys[j] and max(start[i], start[j]) < min(end[i], end[j]) for i in range(len(keys)) for j in range(i)
    )
