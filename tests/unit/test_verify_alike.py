"""Under other versions of packages a run is compared by content, and they are named."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dronesim.verify import again
from dronesim.verify.alike import holds_the_same, other_versions


def table(path: Path, **columns: list[object]) -> Path:
    pq.write_table(pa.table(columns), path, compression="zstd" if "b" in path.name else "snappy")
    return path


def test_versions_that_differ_are_named() -> None:
    here = {"numpy": "0.1", "shapely": __import__("shapely").__version__, "no-such-package": "1"}
    told = other_versions({"packages": here, "platform": {"python": "2.7"}})
    assert [text.split()[0] for text in told] == ["Python", "numpy", "no-such-package"]
    assert told[2] == "no-such-package 1 then, not installed now"
    assert other_versions({"packages": "damaged", "platform": 3}) == []


def test_tables_are_the_same_in_other_bytes(tmp_path: Path) -> None:
    one = table(tmp_path / "a.parquet", x=[1.0, float("nan"), None], name=["龙", "b", None])
    other = table(tmp_path / "b.parquet", x=[1.0 + 1e-12, float("nan"), None], name=["龙", "b", None])
    assert one.read_bytes() != other.read_bytes()
    assert holds_the_same(one, other)


@pytest.mark.parametrize("columns", [{"x": [1.0, 2.1]}, {"x": [1, 2]}, {"y": [1.0, 2.0]}, {"x": [1.0]}])
def test_tables_that_differ_are_not(tmp_path: Path, columns: dict[str, list[object]]) -> None:
    assert not holds_the_same(table(tmp_path / "a.parquet", x=[1.0, 2.0]), table(tmp_path / "b.parquet", **columns))


def test_json_is_compared_value_by_value(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.json" for name in "abc"]
    for file, value in zip(files, (0.1 + 0.2, 0.3, 0.31), strict=True):
        file.write_text(json.dumps({"a": [value, None, True]}, indent=int(value * 10)))
    assert holds_the_same(files[0], files[1])
    assert not holds_the_same(files[0], files[2])


def test_the_bytes_count_only_where_nothing_else_differs(tmp_path: Path) -> None:
    for folder, value in (("saved", 0.1 + 0.2), ("again", 0.3)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "kpis.json").write_text(json.dumps({"share": value}))
        (tmp_path / folder / "map.png").write_bytes(folder.encode())
    given = tmp_path / "saved", tmp_path / "again", ["kpis.json", "map.png"]
    assert len(list(again._differences(*given, is_exact=True))) == 2
    assert list(again._differences(*given, is_exact=False)) == []
