"""What a wheel must carry beside modules: every data file of the package is named in its build settings."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "dronesim"


def test_every_data_file_goes_into_the_wheel_and_every_pattern_finds_one() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["dronesim"]
    packed = {pattern: set(PACKAGE.glob(pattern)) for pattern in patterns}
    files = {path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix != ".py"} == set().union(*packed.values())
    assert all(packed.values())


def test_every_drone_type_is_a_file_that_is_named_for_it() -> None:
    from dronesim.aircraft import DRONE_TYPES

    files = {path.stem for path in (PACKAGE / "aircraft" / "drone_types").glob("*.toml")}
    assert files == {kind.name for kind in DRONE_TYPES.values()} == set(DRONE_TYPES)
