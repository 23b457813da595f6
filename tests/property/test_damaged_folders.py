"""Whatever happens to a file of a run, what opens the run says so and names the file; none of it is a defect."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from command import TINY, call
from damaging import MISHAPS, Damage, copy_of, damages, judged, made_run, sealed
from dronesim.errors import InputError
from dronesim.record.arrow import read_arrow
from dronesim.record.saved import check_whole
from dronesim.verify import verify_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run, and another of the same scenario."""
    place = tmp_path_factory.mktemp("whole")
    return made_run(place / "run", 1), made_run(place / "other", 2)


def met(damage: Damage, runs: tuple[Path, Path]) -> str | None:
    with tempfile.TemporaryDirectory() as place:
        folder = copy_of(runs[0], Path(place) / "hurt")
        damage.do(folder, runs[1])
        return judged(folder, damage)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_run_is_told_by_all_that_open_it(data: st.DataObject, runs: tuple[Path, Path]) -> None:
    damage = data.draw(st.sampled_from([*damages(runs[0]), *sealed(runs[0])]))
    assert met(damage, runs) is None


@pytest.mark.parametrize("mishap", MISHAPS)
def test_every_mishap_of_a_table_is_named(mishap: str, runs: tuple[Path, Path], tmp_path: Path) -> None:
    if mishap == "huge":
        pytest.skip("a tebibyte takes its time to be hashed")
    folder = copy_of(runs[0], tmp_path / "hurt")
    Damage(file="legs.parquet", mishap=mishap).do(folder, runs[1])
    with pytest.raises(InputError) as caught:
        check_whole(folder)
    assert any(problem.file.endswith(("legs.parquet", "manifest.json")) for problem in caught.value.problems)


def test_a_whole_run_is_whole(runs: tuple[Path, Path]) -> None:
    """The judge can tell."""
    assert "files" in check_whole(runs[0])
    assert judged(runs[0], Damage(file="orders.parquet", mishap="empty")) is not None


def test_pictures_and_pages_may_be_another(runs: tuple[Path, Path], tmp_path: Path) -> None:
    folder = copy_of(runs[0], tmp_path / "run")
    (folder / "report.html").write_text("drawn anew")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["report.html"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert check_whole(folder) == manifest


def test_a_table_that_would_fill_the_memory_is_refused_by_its_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal rows take next to nothing in a file."""
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"order": pa.nulls(1_000_000, pa.int64())}), path)
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}.get)
    with pytest.raises(InputError, match=r"has 1,000,000 rows, which take 0 GB in memory"):
        read_arrow(path, "orders")


def test_one_bad_folder_never_ends_a_list(runs: tuple[Path, Path], tmp_path: Path) -> None:
    copy_of(runs[0], tmp_path / "good")
    (tmp_path / "round").symlink_to(tmp_path)
    for name, mishap in enumerate(("a link to itself", "a pipe", "brackets", "an endless device", "a folder", "huge")):
        Damage(file="manifest.json", mishap=mishap).do(copy_of(runs[0], tmp_path / f"bad{name}"), runs[1])
    answer = call("list", "runs", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert str(tmp_path / "good") in answer.out
    assert len(answer.out.splitlines()) == 2


def test_a_run_takes_the_place_of_no_folder_that_is_none(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    (place / "manifest.json").write_bytes(b"[" * 200_000)
    answer = call("run", TINY, "--out", place)
    assert answer.code == 2
    assert answer.complaints == [f"{place}: --out: is there already and is not a run folder; name another place"]


def test_what_contradicts_itself_is_a_breach_and_no_crash(runs: tuple[Path, Path], tmp_path: Path) -> None:
    folder = copy_of(runs[0], tmp_path / "run")
    Damage(file="legs.parquet", mishap="of another run", is_sealed=True).do(folder, runs[1])
    assert not verify_run(folder).is_clean
