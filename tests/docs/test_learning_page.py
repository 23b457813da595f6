"""The programs of docs/learning.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "learning.md").read_text(encoding="utf-8")


def test_the_programs_of_the_page_print_their_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "benchmarks").symlink_to(ROOT / "benchmarks")
    monkeypatch.chdir(tmp_path)
    programs = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for program in programs:
        exec(compile(program, "docs/learning.md", "exec"), {})  # noqa: S102
    told = [
        line for line in capsys.readouterr().out.splitlines() if " on the day of " in line or " were chosen" in line
    ]
    assert len(told) == len(programs) == 2
