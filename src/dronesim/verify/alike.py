"""Tells whether two files of runs hold the same, where other versions of packages wrote them in other bytes."""

from __future__ import annotations

import importlib.metadata
import json
import math
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

LAST_BITS: Final = 1e-9
"""Numbers that differ by less than this share of themselves are the same: packages round the last bits otherwise."""
PICTURES: Final = frozenset({".png", ".html", ".svg"})
"""What the library of pictures writes; other versions of it draw other bytes, and nothing is computed from them."""


def other_versions(manifest: Mapping[str, Any]) -> list[str]:
    """Name what is of another version here than in the process that wrote a run: Python, and packages."""
    stated = manifest.get("packages")
    packages = {str(name): str(version) for name, version in stated.items()} if isinstance(stated, Mapping) else {}
    here = {name: _version(name) for name in packages}
    about = manifest.get("platform")
    if isinstance(about, Mapping) and isinstance(about.get("python"), str):
        packages, here = {"Python": about["python"], **packages}, {"Python": platform.python_version(), **here}
    return [f"{name} {there} then, {here[name]} now" for name, there in packages.items() if here[name] != there]


def holds_the_same(one: Path, other: Path) -> bool:
    """Compare the contents of two tables, or of two files of JSON, number by number; all else by its bytes."""
    if one.suffix in PICTURES:
        return True
    if one.suffix == ".json":
        return _same(json.loads(one.read_bytes()), json.loads(other.read_bytes()))
    if one.suffix == ".parquet":
        return _same(_table(one), _table(other))
    return one.read_bytes() == other.read_bytes()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _table(path: Path) -> dict[str, Any]:
    """Read a table as a list a column; what pandas or Arrow say of themselves beside it is left out."""
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        found = pq.ParquetFile(file).read()
    return {name: [str(found.schema.field(name).type), found.column(name).to_pylist()] for name in found.column_names}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=LAST_BITS)
    return type(one) is type(other) and bool(one == other)
