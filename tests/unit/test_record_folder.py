"""What is written is there whole or not at all; what is opened is as it was written."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dronesim.errors import InputError
from dronesim.record.arrow import _arrow_array, _column, to_arrow, to_columns, write_tables
from dronesim.record.folder import (
    folder_name,
    hashes_of,
    is_run,
    new_folder,
    sweep,
    write_json,
    write_whole,
    written_whole,
)
from dronesim.record.saved import open_saved
from dronesim.record.tables import BOOL, FLOAT, INT, SCHEMAS, TEXT, empty
from oracles.handmade_run import FACTS, write_handmade_run


def test_a_file_whose_writing_fails_leaves_the_older_one_and_nothing_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", "older\n")
    with pytest.raises(TypeError), written_whole(tmp_path / "a.txt") as aside:
        aside.write_bytes("half")  # type: ignore[arg-type]
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "older\n")]


def test_a_file_is_seen_under_its_name_when_it_is_whole_and_not_before(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a.txt") as aside:
        aside.write_text("text")
        assert not (tmp_path / "a.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_two_writings_of_one_file_in_one_process_do_not_meet(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a.txt") as first, written_whole(tmp_path / "a.txt") as second:
        first.write_text("first")
        second.write_text("second")
    assert (tmp_path / "a.txt").read_text() == "first"


def test_a_folder_replaces_an_empty_one_and_a_run_but_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "day"
    for name in ("nothing", "run"):
        target.mkdir(exist_ok=True)
        with written_whole(target) as aside:
            aside.mkdir()
            write_json(aside / "manifest.json", {"dronesim": "1", "files": {}, "before": name})
    assert is_run(target)
    assert json.loads((target / "manifest.json").read_text())["before"] == "run"
    (target / "manifest.json").write_text("{}")
    with pytest.raises(OSError, match="not empty"), written_whole(target) as aside:
        aside.mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["day"]
    assert (target / "manifest.json").read_text() == "{}"


def test_what_other_machines_left_goes_when_it_is_stale_and_not_before(tmp_path: Path) -> None:
    old, new = (tmp_path / f".{name}.partial-new-elsewhere-1.0" for name in ("old", "new"))
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - 100, time.time() - 100))
    sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    sweep(tmp_path, stale_s=50)
    assert list(tmp_path.iterdir()) == [new]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    return write_handmade_run(tmp_path / "day")


def test_an_opened_run_has_its_tables_as_they_were(day: Path) -> None:
    saved = open_saved(day)
    assert saved.facts == FACTS
    assert saved.kpis == json.loads((day / "kpis.json").read_text())
    assert saved.names == ("orders", "legs", "occupancy", "waits", "incidents", "scans")
    for name in saved.names:
        assert saved.table(name).equals(pq.read_table(day / f"{name}.parquet"))


def test_columns_become_the_table_again_that_they_were_read_from(day: Path) -> None:
    saved = open_saved(day)
    for name in saved.names:
        assert list(saved.columns(name)) == list(SCHEMAS[name])
        assert to_arrow(name, saved.columns(name)).equals(saved.table(name))


def test_other_files_are_read_as_text(day: Path) -> None:
    assert open_saved(day).text("scenario.toml").startswith('name = "handmade"\n')
    with pytest.raises(InputError, match=r"notes.txt: run folder: is not in the manifest"):
        open_saved(day).text("notes.txt")


@pytest.mark.parametrize("file", ["facts.json", "kpis.json", "orders.parquet"])
@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_file_that_is_not_as_it_was_written_is_refused_when_it_is_read(file: str, damage: str, day: Path) -> None:
    if damage == "changed":
        (day / file).write_bytes((day / file).read_bytes() + b" ")
    else:
        (day / file).unlink()
    with pytest.raises(InputError) as caught:
        open_saved(day).table("orders")
    (problem,) = caught.value.problems
    assert problem.file == str(day / file)
    assert problem.rule.startswith("is not as it was written" if damage == "changed" else "is missing")


@pytest.mark.parametrize("manifest", [None, "[]", "{", '{"name": "a web page"}', '{"dronesim": "1", "files": 3}'])
def test_a_folder_without_a_manifest_of_ours_is_refused(manifest: str | None, day: Path) -> None:
    (day / "manifest.json").unlink()
    if manifest is not None:
        (day / "manifest.json").write_text(manifest)
    with pytest.raises(InputError, match="manifest"):
        open_saved(day)


def test_a_table_that_the_run_has_not_is_refused_with_the_choices(day: Path) -> None:
    with pytest.raises(InputError, match="'flown' is no table of this run; choose from orders, legs"):
        open_saved(day).table("flown")


def test_a_table_without_rows_keeps_its_types(tmp_path: Path) -> None:
    write_tables(tmp_path, {"legs": empty("legs")})
    (tmp_path / "facts.json").write_text("{}")
    (tmp_path / "kpis.json").write_text("{}")
    write_json(tmp_path / "manifest.json", {"dronesim": "1", "files": hashes_of(tmp_path)})
    found = to_columns("legs", open_saved(tmp_path).table("legs"))
    assert {name: values.dtype for name, values in found.items()} == {
        name: values.dtype for name, values in empty("legs").items()
    }


@pytest.mark.parametrize(
    "name", ["中" * 80, "y" * 80, "\U0001f681" * 40, "../../x", "<script>\x1b[31m\n", "...", "é\ud800"]
)
def test_any_name_makes_a_name_of_a_folder(tmp_path: Path, name: str) -> None:
    """With room for a seed, a hash, and what is written aside."""
    found = folder_name(name)
    assert len(found.encode()) <= 80
    assert found == Path(found).name
    with new_folder(tmp_path / f"{found}-{2**63 - 1}-0a1b2c3d") as folder:
        (folder / "file").touch()
    assert folder_name("quickstart 2-days.v1") == "quickstart-2-days.v1"


ODD = {
    "pieces": pa.chunked_array([pa.array([1.5, None], pa.float64()), pa.array([], pa.float64()), pa.array([2.0])]),
    "a slice": pa.chunked_array([pa.array([None, 7.0, None, 3.0, None, 9.5] * 3)[3:14]]),
    "halves": pa.chunked_array([pa.array([1.0, None], pa.float32())]),
    "whole": pa.chunked_array([pa.array([1, None, 3], pa.int16())]),
    "nothing": pa.chunked_array([pa.nulls(3)]),
    "no rows": pa.chunked_array([], pa.float64()),
}


@pytest.mark.parametrize("column", ODD.values(), ids=ODD)
@pytest.mark.parametrize(("kind", "absent"), [(FLOAT, np.nan), (INT, -1)])
def test_numbers_of_a_foreign_file_are_those_that_arrow_gives(column: Any, kind: str, absent: float) -> None:
    if kind == INT and pa.types.is_floating(column.type):
        column = column.cast(pa.int64(), safe=False)
    expected = column.cast("float64" if kind == FLOAT else "int64").fill_null(absent).to_numpy()
    found = _column(column, kind)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype
    assert found.flags.writeable


@pytest.mark.parametrize("flags", [[], [True, None, False] * 5, [False] * 9])
def test_flags_are_read_and_written(flags: list[bool | None]) -> None:
    column = pa.chunked_array([pa.array([None, *flags], pa.bool_())[1:]])
    found = _column(column, BOOL)
    assert found.tolist() == [flag is True for flag in flags]
    assert _arrow_array(found, BOOL).to_pylist() == found.tolist()


@pytest.mark.parametrize("texts", [[], ["a", None, "龙岗", ""], ["only"], [None]])
def test_texts_are_written_as_they_are(texts: list[str | None]) -> None:
    written = _arrow_array(np.array([*texts, None], dtype=object)[:-1], TEXT)
    written.validate(full=True)
    assert written.equals(pa.array(texts, pa.string()))
