"""``dronesim compare A.toml B.toml``: two scenarios on the same days, every key figure paired."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import ttest_rel

import dronesim
from command import TINY, call, command, environment

FEWER = TINY.with_name("fewer.toml")
ONE = ("--workers", 1)


def write(folder: Path, text: str, name: str = "other.toml") -> Path:
    path = folder / name
    path.write_text(f'extends = "{TINY}"\n{text}\n', encoding="utf-8")
    return path


def compared(*words: object) -> dict[str, Any]:
    answer = call("compare", *words, *ONE, "--quiet", "--json")
    assert (answer.code, answer.err) == (0, "")
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_every_figure_is_paired_day_by_day(tmp_path: Path) -> None:
    content = compared(TINY, FEWER, "--replications", 5, "--out", tmp_path)
    table = pq.read_table(tmp_path / "results.parquet")
    sides = np.array(table["side"].to_pylist())
    assert table["replication"].to_pylist() == [*range(5), *range(5)]
    for name in ("service.share", "click_to_door_s.mean", "orders.open", "fleet.utilization", "cost.per_order"):
        values = np.array(table[name.replace(".", "_")].to_pylist(), dtype=float)
        a, b = (values[sides == side] for side in "AB")
        figure = content["figures"][name]
        assert (figure["a"], figure["b"]) == pytest.approx((a.mean(), b.mean()))
        assert figure["difference"]["mean"] == pytest.approx((b - a).mean(), abs=1e-12)
        found = ttest_rel(b, a).confidence_interval()
        assert (figure["difference"]["low"], figure["difference"]["high"]) == pytest.approx((found.low, found.high))
    assert (table["orders_placed"].to_numpy()[:5] == table["orders_placed"].to_numpy()[5:]).all()
    assert content["figures"]["orders.placed"]["verdict"] == "same on every day"
    assert content["figures"]["service.share"]["verdict"] == "told apart"
    assert content["differing"] == {"fleet.drones": {"a": "5", "b": "3"}}
    assert set(content["where"]) == {"hour", "airport", "distance"}
    assert (tmp_path / "scenario-differences.png").is_file()


def test_all_figures_of_a_day_are_there(tmp_path: Path) -> None:
    """Those of ``kpis.json`` that are numbers, but for what the scenario states."""
    from dronesim.experiment.repeating import numbers

    day = dronesim.run(TINY)
    content = compared(TINY, FEWER, "--replications", 2, "--out", tmp_path)
    stated = {"schema_version", "service.radius_m", "service.limit_s", "service.target"}
    assert content["figures"].keys() == {name for name, _ in numbers(day.kpis)} - stated
    assert list(content["figures"])[: len(content["asked"])] == content["asked"]


def test_the_table_tells_what_the_json_says(tmp_path: Path) -> None:
    words = (TINY, FEWER, "--replications", 4, "--out", tmp_path)
    content = compared(*words)
    told = call("compare", *words, *ONE).out
    rows = {
        line.split()[0]: line
        for line in told.splitlines()
        if line.startswith("  ") and line.split()[0] in content["figures"]
    }
    for name, figure in content["figures"].items():
        is_by_site = name.startswith(("resources.", "cabinets.peak_by_airport."))
        is_quiet = figure["verdict"] in {"same on every day", "no data", "not counted"} or is_by_site
        if name in content["asked"] or not is_quiet or figure["verdict"] == "told apart":
            assert rows[name].endswith(figure["verdict"]), name
        else:
            assert name not in rows
    shown = re.findall(r"[+-]?\d+\.\d+", rows["service.share"])
    level = content["figures"]["service.share"]
    expected = [level["a"], level["b"], *(level["difference"][end] for end in ("mean", "low", "high"))]
    assert [float(number) for number in shown] == pytest.approx([100 * number for number in expected], abs=0.051)
    assert "fleet.drones  5 | 3" in told
    assert content["not_counted"] == [name for name, it in content["figures"].items() if it["verdict"] == "not counted"]
    assert "Losses of separation were not counted: --losses counts them" in told
    assert "orders, kitchens, couriers' ways and customers are the same on every day" in told
    kept_out = (*content["asked"], *content["not_counted"])
    verdicts = [figure["verdict"] for name, figure in content["figures"].items() if name not in kept_out]
    same, noise = verdicts.count("same on every day"), sum(v in {"not told apart", "one day only"} for v in verdicts)
    assert f"Of the {len(verdicts)} others {same} figures are the same on every day, {noise} differ by noise" in told


def test_a_key_without_effect_is_the_same_on_every_day(tmp_path: Path) -> None:
    other = write(tmp_path, "[airports]\nboxes = 500")
    content = compared(TINY.with_name("fewer.toml"), other, "--set", "fleet.drones=3", "--out", tmp_path / "out")
    assert (
        content["differing"] == {"airports.boxes": {"a": "none", "b": "500"}}
        or "airports.boxes" in content["differing"]
    )
    assert content["figures"]["service.share"]["verdict"] == "same on every day"
    assert content["figures"]["service.share"]["difference"]["mean"] == 0


def test_both_have_the_seed_of_the_first_which_is_said(tmp_path: Path) -> None:
    other = write(tmp_path, "seed = 7\n[fleet]\ndrones = 3")
    content = compared(TINY, other, "--replications", 3, "--out", tmp_path / "seeds")
    assert any("B states seed 7; here both have seed 1" in note for note in content["notes"])
    assert "seed" not in content["differing"]
    same = compared(TINY, FEWER, "--replications", 3, "--out", tmp_path / "same")
    assert content["figures"] == same["figures"]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("[demand]\norders = 40", "for demand, kitchens or customers differ"),
        ("[kitchens.preparation]\nmean_min = 3", "for demand, kitchens or customers differ"),
        ("[horizon]\nend = '13:00'", "for opening hours differ"),
        ("[horizon]\nend = '13:00'", "opening hours differ (10:00 to 12:00 and 10:00 to 13:00)"),
        ("[service]\nlimit_min = 20", "the promise differs"),
        ("[costs]\ncurrency = 'EUR'\n[fleet]\ndrones = 4", "currencies differ, so that costs are left out"),
    ],
)
def test_what_makes_pairing_weaker_or_figures_unlike_is_said(text: str, note: str, tmp_path: Path) -> None:
    words = (TINY, write(tmp_path, text), "--replications", 2, "--out", tmp_path / "out")
    content = compared(*words)
    assert any(note in told for told in content["notes"]), content["notes"]
    assert note in call("compare", *words, *ONE).out
    if "currency" in text:
        assert not any(name.startswith("cost.") for name in content["figures"])


def test_another_map_may_be_compared_and_the_same_one_elsewhere_is_no_difference(tmp_path: Path) -> None:
    map_text = TINY.with_suffix(".geojson").read_text(encoding="utf-8")
    (tmp_path / "same.geojson").write_text(map_text, encoding="utf-8")
    (tmp_path / "other.geojson").write_text(map_text.replace("\n", "\n "), encoding="utf-8")
    same = write(tmp_path, 'map = "same.geojson"\n[fleet]\ndrones = 3', "same.toml")
    other = write(tmp_path, 'map = "other.geojson"', "other.toml")
    content = compared(TINY, same, "--replications", 2, "--out", tmp_path / "1")
    assert content["differing"].keys() == {"fleet.drones"}
    assert "are the same on every day" in content["notes"][0]
    content = compared(TINY, other, "--replications", 2, "--out", tmp_path / "2")
    assert content["differing"].keys() == {"map"}
    assert "for maps differ" in content["notes"][0]


def test_scenarios_that_say_the_same_are_refused(tmp_path: Path) -> None:
    other = write(tmp_path, 'name = "other"\ndescription = "in other words"\nseed = 9')
    answer = call("compare", TINY, other, *ONE, "--out", tmp_path / "out")
    assert (answer.code, answer.out) == (2, "")
    rule = "states the same as the other scenario in every key, so that there is nothing to compare"
    assert answer.complaints == [f"{other}: compare: {rule}"]
    assert not (tmp_path / "out").exists()


def test_a_policy_of_the_same_name_from_another_folder_is_a_difference(tmp_path: Path) -> None:
    for name, policy in (("one", "nearest"), ("two", "greedy")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"mine_{name}.py").write_text("")
        (tmp_path / name / "mine.py").write_text(
            f"from dronesim.dispatch import POLICIES\nserve = lambda view: POLICIES['{policy}'](view)\n"
        )
        write(tmp_path / name, '[dispatch]\npolicy = "mine:serve"\n[fleet]\ndrones = 2')
    words = command(
        "compare", *(tmp_path / name / "other.toml" for name in ("one", "two")), "--replications", 2, "--out",
        tmp_path / "out", "--workers", 2, "--json",
    )  # fmt: skip
    ended = subprocess.run(words, capture_output=True, text=True, check=False, env=environment(), timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["differing"] == {}


def test_problems_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    one = write(tmp_path, "[fleet]\ndrnoes = 3", "one.toml")
    two = write(tmp_path, "[fleet]\ndrones = -1", "two.toml")
    answer = call("compare", one, two, *ONE)
    assert answer.code == 2
    assert len(answer.complaints) == 2
    assert answer.complaints[0].startswith(f"{one}:3: fleet.drnoes: is not a known key")
    assert answer.complaints[1].startswith(f"{two}:3: fleet.drones: must be at least")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("no.toml",), "no.toml: file: there is no such file"),
        ((FEWER, "--policy", "nearest,greedy"), "--policy: compares policies on one scenario"),
        ((FEWER, "--set", "fleet.drnoes=1"), "did you mean fleet.drones?"),
        ((FEWER, "--set", "fleet.drones=4"), "nothing to compare"),
        ((FEWER, "--replications", 1), "must be at least 2"),
        ((FEWER, FEWER), "unexpected extra argument"),
    ],
)
def test_a_mistake_is_named_before_anything_is_run(words: tuple[object, ...], told: str, tmp_path: Path) -> None:
    answer = call("compare", TINY, *words, *ONE, "--out", tmp_path / "out")
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "out").exists()


def test_days_without_orders_do_no_harm(tmp_path: Path) -> None:
    none = ("--set", "service.radius_m=1", "--set", "demand.orders=5", "--replications", 2)
    answer = call("compare", TINY, FEWER, *none, *ONE, "--out", tmp_path)
    assert (answer.code, "service.share                           no data" in answer.out) == (0, True)


def test_a_killed_comparison_goes_on_from_what_is_done(tmp_path: Path) -> None:
    words = ("compare", TINY, FEWER, "--replications", 6, "--out", tmp_path, "--workers", 2, "--json")
    longer = ("--set", "demand.orders=1500")
    with subprocess.Popen(
        command(*words, *longer), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        start_new_session=True,
    ) as running:  # fmt: skip
        until_s = time.monotonic() + 60
        while len(list((tmp_path / "replications").glob("*.json"))) < 3 and time.monotonic() < until_s:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=20)
    time.sleep(0.3)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "replications").glob("*.json")}
    assert 3 <= len(before) < 12
    again = call(*words, *longer)
    assert again.code == 0
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "replications").glob("*.json")}
    assert len(after) == 12
    assert before.items() <= after.items()
    fresh = call(*words[:6], tmp_path / "fresh", "--workers", 1, "--json", *longer)
    assert json.loads(again.out) == json.loads(fresh.out)


def test_a_folder_is_named_for_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("compare", TINY, FEWER, "--replications", 2, *ONE, "--quiet").code == 0
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["tiny-and-fewer-compare"]


# from Python


def test_loaded_scenarios_may_be_compared() -> None:
    one, two = (dronesim.load_scenario(TINY, [f"fleet.drones={drones}"]) for drones in (2, 6))
    found = dronesim.compare(one, two, replications=4)
    assert [(each.key, each.a, each.b) for each in found.differing] == [("fleet.drones", "2", "6")]
    assert found.level.difference.low > 0
    assert found.level.is_clear
    assert found.table().num_rows == 8
    assert found.days == 4


def test_policies_have_no_place_beside_a_second_scenario() -> None:
    with pytest.raises(dronesim.InputError, match="are compared on one scenario"):
        dronesim.compare(TINY, FEWER, policies=["nearest", "greedy"])  # type: ignore[call-overload]


def test_all_others_are_corrected_apart_from_what_is_asked_first() -> None:
    """The p value of the level is that of Holm among five, however many figures there are beside."""
    found = dronesim.compare(TINY, FEWER, replications=4)
    tested = [found.figures[name] for name in found.asked if not np.isnan(found.figures[name].p)]
    smallest = min(tested, key=lambda figure: figure.p)
    days = found.table()
    values = days[smallest.name.replace(".", "_")].to_numpy()
    assert smallest.p == pytest.approx(len(tested) * ttest_rel(values[4:], values[:4]).pvalue)
