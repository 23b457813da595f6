"""Machines as they are: quotas of containers, pools, no shared memory, other processors, no home."""

from __future__ import annotations

import ast
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dronesim import cores as cores_module
from dronesim.cores import cores, workers_for
from dronesim.experiment import bench, executors
from dronesim.experiment.executors import InProcess, local_executor
from dronesim.experiment.points import StaleError

SRC = Path(__file__).parents[2] / "src" / "dronesim"
MACHINE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def group(folder: Path, *, line: str, files: dict[str, str]) -> dict[str, Path]:
    """Lay out the files of control groups as the system has them."""
    (folder / "mine").write_text(line)
    for name, text in files.items():
        (folder / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "groups" / name).write_text(text)
    return {"groups": folder / "groups", "mine": folder / "mine"}


@pytest.mark.parametrize(
    ("line", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, min(2, MACHINE)),
        ("0::/\n", {"cpu.max": "max 100000\n"}, MACHINE),
        ("0::/a/b\n", {"cpu.max": "max 100000\n", "a/cpu.max": "20000 100000\n", "a/b/cpu.max": "max 100000"}, 1),
        (
            "4:cpu,cpuacct:/x\n",
            {"cpu,cpuacct/x/cpu.cfs_quota_us": "50000", "cpu,cpuacct/x/cpu.cfs_period_us": "100000"},
            1,
        ),
        ("4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, MACHINE),
        ("0::/\n", {"cpu.max": "nonsense"}, MACHINE),
    ],
)
def test_the_quota_of_a_container_counts(tmp_path: Path, line: str, files: dict[str, str], expected: int) -> None:
    assert cores(**group(tmp_path, line=line, files=files)) == expected


def test_without_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert cores(groups=tmp_path / "none", mine=tmp_path / "none") == MACHINE


def test_a_worker_of_a_pool_does_the_work_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    assert workers_for(8) == 1
    with local_executor(8, is_apart=True) as executor:
        assert isinstance(executor, InProcess)


def test_without_shared_memory_days_run_one_by_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_given: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(executors, "Processes", refuse)
    with local_executor(2) as executor:
        assert isinstance(executor, InProcess)
    assert "is /dev/shm there?): days run one by one" in capsys.readouterr().err
    assert cores_module.workers_for(2) == 2


def test_no_product_of_matrices_depends_on_the_processor() -> None:
    """``@`` and its brothers round by the kernels of the machine; the checker, which writes no file, may."""
    brothers = {
        "dot",
        "matmul",
        "inner",
        "vdot",
        "tensordot",
        "lstsq",
        "solve",
        "inv",
        "pinv",
        "det",
        "svd",
        "qr",
        "eigh",
    }
    found = []
    for path in sorted(SRC.rglob("*.py")):
        if any(path.is_relative_to(SRC / room) for room in ("verify", "serving")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
            is_brother = isinstance(node, ast.Attribute) and node.attr in brothers and "np" in ast.unparse(node.value)
            if is_product or is_brother:
                found.append(f"{path.relative_to(SRC)}:{node.lineno}")
    assert found == []


def test_the_plane_is_the_same_with_and_without_fused_products() -> None:
    """Two kernels of the library of matrices, one of which rounds a product and its sum at once."""
    program = (
        "from dronesim.geometry import LocalFrame; import numpy as np, hashlib as h; r = np.random.default_rng(1); "
        "xy = LocalFrame(114.1, 22.7).to_local(r.normal((114.1, 22.7), 0.1, (999, 2))); "
        "print(h.sha256(xy.tobytes()).hexdigest())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "OPENBLAS_CORETYPE": kernel},
            capture_output=True,
            check=True,
        ).stdout
        for kernel in ("Nehalem", "Haswell")
    }
    assert len(hashes) == 1


@pytest.mark.slow
def test_without_a_home_pictures_are_drawn_without_a_word_of_libraries(tmp_path: Path) -> None:
    """As in a container: no home, no cache of fonts, a screen that only a notebook has, closed standard input."""
    draw = (
        "from dronesim.report.guard import attempt; "
        "print(attempt('p', lambda: __import__('matplotlib.font_manager') and 'drawn'))"
    )
    (tmp_path / "file").touch()
    home = str(tmp_path / "file" / "home")
    given = {"PATH": os.environ["PATH"], "HOME": home, "MPLBACKEND": "module://no_such_screen"}
    done = subprocess.run(
        [sys.executable, "-c", draw], env=given, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert (done.stdout, done.stderr) == ("drawn\n", "")


def test_a_worker_that_finds_other_files_lives_to_tell_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def stale(_self: object, _point: object) -> None:
        raise StaleError("changed")

    monkeypatch.setattr(bench.Bench, "setting", stale)
    monkeypatch.setattr(bench.signal, "signal", lambda *_: None)
    bench.begin_worker(object())  # type: ignore[arg-type]
