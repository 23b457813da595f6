"""The command line as tests use it: in this process where that is enough, as a process of its own where it counts."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from dronesim.cli.app import run_command
from dronesim.cli.compiling import MESSAGE

DATA = Path(__file__).parent / "data"
TINY = DATA / "tiny.toml"
DATA_SETS = Path(__file__).parents[1].parent / "shared" / "data"
needs_data_sets = pytest.mark.skipif(
    not DATA_SETS.is_dir(), reason="the real order files of ../shared/data are not on this machine"
)


_OF_THE_MACHINE = re.compile(rf"{re.escape(MESSAGE)}|[^:]+: \d+% of the day$")


@dataclass(frozen=True)
class Answer:
    """What a call gave back."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Standard error but for what a slow machine, or one without kernels in its cache, says of its work."""
        return "".join(line for line in self.err.splitlines(keepends=True) if not _OF_THE_MACHINE.match(line))

    @property
    def complaints(self) -> list[str]:
        """The problems that were told."""
        return [line.removeprefix("error: ") for line in self.err.splitlines() if line.startswith("error: ")]


class Terminal(io.StringIO):
    """Text that programs take for a terminal."""

    def isatty(self) -> bool:
        return True


def call(*arguments: object, is_terminal: bool = False) -> Answer:
    """Call the command in this process, its error handling included."""
    words = ["dronesim", *map(str, arguments)]
    out, err = io.StringIO(), Terminal() if is_terminal else io.StringIO()
    with mock.patch.object(sys, "argv", words), redirect_stdout(out), redirect_stderr(err):
        try:
            run_command()
        except SystemExit as end:
            return Answer(code=_exit_code(end), out=out.getvalue(), err=err.getvalue())
    raise AssertionError("the command came back without an exit code")


def _exit_code(end: SystemExit) -> int:
    assert end.code is None or isinstance(end.code, int), end.code
    return end.code or 0


def command(*arguments: object) -> list[str]:
    """Words that start the command as a process of its own."""
    return [sys.executable, "-m", "dronesim", *map(str, arguments)]


def spawn(*arguments: object, cwd: Path | None = None, **variables: str) -> Answer:
    """Call the command as a process of its own and wait for it."""
    ended = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**environment(), **variables},
        timeout=300,
    )
    return Answer(code=ended.returncode, out=ended.stdout, err=ended.stderr)


def environment() -> dict[str, str]:
    """Ours, with paths of modules that hold from any folder."""
    paths = [str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)} if paths else dict(os.environ)


def tiny_map() -> dict[str, Any]:
    """The map of the tiny scenario, to be changed."""
    content: dict[str, Any] = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    return content


def write_rappi(folder: Path) -> Path:
    """Write a folder of twenty orders as Rappi's files have them, and give it back."""
    header = "order_id,pick_up_lat,pick_up_lng,drop_off_lat,drop_off_lng,placement_time,preparation_time,ready_time"
    rows = [
        f"{n},4.80{n % 3},-75.70,4.81{n % 5},-75.69,12:{n:02}:00,12:{n:02}:00,12:{n + 9}:00,13:00:00"
        for n in range(1, 21)
    ]
    folder.mkdir()
    (folder / "orders.csv").write_text("\n".join([f"{header},expected_drop_off_time", *rows]) + "\n")
    return folder
