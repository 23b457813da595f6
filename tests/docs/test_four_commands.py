"""The way of README.md from people's files to a fleet: four commands, which print what the page shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import osmium
import pytest

from command import call

ROOT = Path(__file__).parents[2]
FILES = ROOT / "examples" / "my-district"
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def shown() -> list[tuple[list[str], list[str]]]:
    """Words of each command, and the lines below it."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"in four commands\n.*?^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    parts = [part.splitlines() for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(shlex.split(lines[0]), [line for line in lines[1:] if line != "..."]) for lines in parts]


def is_as(found: str, said: str) -> bool:
    """The words are the same, and numbers as near as another processor's rounding lets them be."""
    if NUMBER.sub("#", found.strip()) != NUMBER.sub("#", said.strip()):
        return False
    numbers = ([float(number) for number in NUMBER.findall(text)] for text in (found, said))
    return next(numbers) == pytest.approx(next(numbers), rel=0.02, abs=0.3)


@pytest.mark.slow
def test_four_commands_lead_from_files_to_a_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FILES, tmp_path / "examples" / "my-district")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dronesim.experiment.executors.workers_for", lambda _stated: 1)
    commands = shown()
    assert [words[1] for words, _ in commands] == ["import", "import", "run", "size"]
    for words, lines in commands:
        answer = call(*words[1:])
        assert answer.code == 0, (words, answer.err)
        left = iter(answer.out.splitlines())
        for line in lines:
            assert any(is_as(found, line) for found in left), (line, answer.out)


def test_the_files_are_those_that_the_program_beside_them_writes(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, str(FILES / "make_files.py"), "--out", str(tmp_path)], capture_output=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, b"")
    for name in ("orders.csv", "sites.csv"):
        assert (tmp_path / name).read_bytes() == (FILES / name).read_bytes()
    extracts = [
        [str(each) for each in osmium.FileProcessor(str(folder / "district.osm.pbf"))] for folder in (tmp_path, FILES)
    ]
    assert extracts[0] == extracts[1]
    assert len(extracts[0]) > 3000
