"""The scripts of replay and planner are plain JavaScript whose types stand in comments, and fit."""

from __future__ import annotations

import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from dronesim.replay.page import SCRIPTS

STRICT = ("--allowJs", "--checkJs", "--noEmit", "--strict", "--target", "es2022", "--lib", "es2023,dom,dom.iterable")
NEAR = Path(__file__).parents[2] / "node_modules" / ".bin"


def test_every_script_is_in_the_page() -> None:
    web = files("dronesim.replay").joinpath("web")
    assert sorted(SCRIPTS) == sorted(file.name for file in web.iterdir() if file.name.endswith(".js"))


@pytest.mark.slow
@pytest.mark.parametrize("package", ["replay", "serving"])
def test_types_in_comments_fit(package: str) -> None:
    tsc = shutil.which("tsc") or shutil.which("tsc", path=str(NEAR))
    if tsc is None:
        pytest.skip("types of the pages' scripts are checked where tsc is at hand (npm install typescript)")
    web = files(f"dronesim.{package}").joinpath("web")
    scripts = [str(file) for file in web.iterdir() if file.name.endswith(".js")]
    checked = subprocess.run([tsc, *STRICT, *scripts], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
