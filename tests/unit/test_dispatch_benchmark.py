"""The dispatch benchmark: frozen scenarios, seeds nobody can tune on, limits, scores between yardstick and bound."""

from __future__ import annotations

import functools
import json
import math
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import TINY, call
from dronesim.api import benchmarks
from dronesim.api.benchmarks import bench, bench_bounds, verify_bench
from dronesim.dispatch import Decisions
from dronesim.errors import InputError, PolicyError
from dronesim.experiment.benchmark.children import Child
from dronesim.experiment.benchmark.limits import Limits, Timed
from dronesim.experiment.benchmark.results import read_result
from dronesim.experiment.benchmark.running import Stage
from dronesim.experiment.benchmark.scores import differences, score_of
from dronesim.experiment.benchmark.seeds import REPORTING, TUNING, seeds_of_nonce
from dronesim.experiment.benchmark.suite import hash_of_scenario, open_suite
from dronesim.report.benchmark import bench_lines, bound_lines, leaderboard, rerun_lines
from dronesim.scenario import load_scenario
from playing import AMPLE, InThisProcess

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "benchmarks" / "dispatch"


class WithoutBounds(InThisProcess):
    """A bound takes longer than a day."""

    def bound(self, scenario: Path, seed: int) -> float | None:
        return 0.99


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks, "Stage", functools.partial(Stage, begin=WithoutBounds))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A suite of one small scenario in each set."""
    folder = tmp_path / "suite"
    folder.mkdir()
    shutil.copy(TINY.with_suffix(".geojson"), folder / "tiny.geojson")
    text = TINY.read_text(encoding="utf-8").replace("drones = 5", "drones = 4")
    (folder / "few.toml").write_text(text, encoding="utf-8")
    (folder / "more.toml").write_text('extends = "few.toml"\n[demand]\norders = 80\n', encoding="utf-8")
    freeze(folder, main={"few": "few.toml"}, shifted={"more": "more.toml"}, latency={"city": "few.toml"})
    return folder


def freeze(folder: Path, **sets: dict[str, str]) -> None:
    lines = ['version = "t1"']
    for kind, rows in sets.items():
        for name, file in rows.items():
            lines += [f"[{kind}.{name}]", f'file = "{file}"', f'sha256 = "{hash_of_scenario(folder / file)}"']
    (folder / "suite.toml").write_text("\n".join(lines), encoding="utf-8")


# the suite


def test_the_scenarios_that_ship_are_those_that_the_version_froze() -> None:
    suite = open_suite(SUITE)
    assert suite.version == "b1"
    assert [len(suite.of(kind)) for kind in ("main", "shifted", "latency")] == [10, 3, 1]
    for contest in suite.contests:
        assert load_scenario(contest.path).name == contest.name
    shared = load_scenario(suite.named("shared").path)
    assert shared.fleet.is_shared
    assert len(shared.demand.moves) == 3


@pytest.mark.parametrize("file", ["few.toml", "tiny.geojson"])
def test_a_scenario_a_base_or_a_map_that_was_changed_is_named(tiny: Path, file: str) -> None:
    path = tiny / file
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        open_suite(tiny)
    assert {problem.key for problem in caught.value.problems} == {"few", "more", "city"}
    assert "is not the scenario that this version froze" in str(caught.value)


def test_what_is_no_suite_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a suite is a folder with this file"):
        open_suite(tmp_path)
    for text, said in (("version = 1", "must have a version, and a file"), ("=", "is not readable TOML")):
        (tmp_path / "suite.toml").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=said):
            open_suite(tmp_path)


def test_unseen_seeds_follow_from_the_nonce_and_the_policy() -> None:
    found = seeds_of_nonce("spring", "abc", 20)
    assert found == seeds_of_nonce("spring", "abc", 30)[:20]
    others = {*seeds_of_nonce("spring", "abd", 20), *seeds_of_nonce("autumn", "abc", 20), *TUNING, *REPORTING}
    assert len(set(found)) == 20
    assert others.isdisjoint(found)
    assert all(0 <= seed < 2**63 for seed in found)


# scores


def day(share: float, *, void: str | None = None) -> dict[str, Any]:
    spent = {"count": 3, "wall": {"p50_ms": 1.0, "p99_ms": 2.0}}
    told = {"late_min": 1.0, "p95_min": 20.0, "unserved": 0.1, "empty_legs": 0.0}
    return {"share": share, "void": void, "decisions": spent, **told}


def days(**shares: list[float]) -> dict[str, dict[str, Any]]:
    return {name: {str(seed): day(share) for seed, share in enumerate(found)} for name, found in shares.items()}


def test_a_score_is_the_way_from_the_yardstick_to_the_bound_and_its_mean_over_scenarios() -> None:
    zero, bounds = days(a=[0.5, 0.7], b=[0.4, 0.4]), {"a": {"0": 0.9, "1": 0.9}, "b": {"0": 0.8, "1": 0.8}}
    found = score_of("p", days(a=[0.7, 0.8], b=[0.8, 0.8]), zero, bounds)
    assert found.scenarios["a"].score == pytest.approx((0.75 - 0.6) / (0.9 - 0.6))
    assert found.scenarios["b"].score == pytest.approx(1.0)
    assert found.estimate.mean == pytest.approx(0.75)
    assert found.daily == pytest.approx([(2 / 3 + 1) / 2, (1 / 3 + 1) / 2])
    assert found.estimate.low < 0.75 < found.estimate.high


def test_a_disaster_is_cut_and_little_between_yardstick_and_bound_does_not_count() -> None:
    zero, bounds = days(a=[0.8], b=[0.7]), {"a": {"0": 0.9}, "b": {"0": 0.74}}
    found = score_of("p", days(a=[0.0], b=[0.1]), zero, bounds)
    assert found.scenarios["a"].score == -1.0
    assert found.scenarios["b"].is_apart
    assert found.estimate.mean == -1.0
    assert math.isnan(score_of("p", days(b=[0.1]), zero, bounds).estimate.mean)


def test_a_void_day_counts_nothing_on_time() -> None:
    played = {"a": {"0": day(0.9), "1": {**day(0.0, void="hangs"), "late_min": None, "decisions": None}}}
    found = score_of("p", played, days(a=[0.5, 0.5]), {"a": {"0": 0.9, "1": 0.9}}).scenarios["a"]
    assert (found.void, found.share, found.measures["late_min"]) == (1, 0.45, 1.0)


def test_differences_are_paired_and_the_better_one_comes_first() -> None:
    zero, bounds = days(a=[0.5, 0.1, 0.3]), {"a": {str(seed): 0.9 for seed in range(3)}}
    one, two = (
        score_of(name, days(a=a), zero, bounds) for name, a in (("one", [0.6, 0.2, 0.4]), ("two", [0.7, 0.3, 0.51]))
    )
    (found,) = differences([one, two])
    assert (found.policy, found.other) == ("two", "one")
    assert found.score.mean == pytest.approx(np.mean([0.1, 0.1, 0.11]) / 0.6)
    assert found.is_clear


# limits


def asked(policy: Any, limits: Limits, times: int = 3) -> Timed:
    timed = Timed(policy, limits)
    for _ in range(times):
        timed(None)  # type: ignore[arg-type]
    return timed


def test_decisions_that_take_too_long_void_the_day() -> None:
    def sleepy(_view: Any) -> Decisions:
        time.sleep(0.1)
        return Decisions()

    asked(sleepy, AMPLE).check()
    with pytest.raises(PolicyError, match=r"the 99th percentile of its decisions took .* s of wall time, above 0.06 s"):
        asked(sleepy, Limits(p99_s=0.006, each_s=9.0)).check()
    with pytest.raises(PolicyError, match=r"all decisions of the day took .* s of wall time, above 0.2 s"):
        asked(sleepy, Limits(p99_s=9.0, each_s=9.0, day_s=0.02)).check()
    spent = asked(sleepy, AMPLE).spent()
    assert spent["count"] == 3
    assert spent["wall"]["p50_ms"] >= 100.0


HOSTILE = """
from pathlib import Path
from dronesim import Decisions
NOTES = Path(__file__).with_suffix(".txt")

def policy(view):
    print("a line that is no answer")
    day = NOTES.read_text() if NOTES.exists() else "raises"
    if day == "raises":
        NOTES.write_text("nothing")
        raise ValueError("no idea")
    while day == "hangs":
        try:
            while True:
                pass
        except BaseException:
            pass
    return Decisions()
"""


def test_a_process_of_its_own_outlives_errors_and_is_ended_where_a_decision_never_ends(
    tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "hostile.py").write_text(HOSTILE, encoding="utf-8")
    child, scenario = Child("hostile:policy", folder=tmp_path, limits=Limits(each_s=0.3)), tiny / "few.toml"
    try:
        assert len(child.hash(scenario)) == 64
        assert set(child.confined) == {"network", "memory", "cores"}
        assert "raised ValueError: no idea" in child.day(scenario, 1)["void"]
        does_nothing = child.day(scenario, 2)
        assert (does_nothing["void"], does_nothing["share"], does_nothing["unserved"]) == (None, 0.0, 1.0)
        (tmp_path / "hostile.txt").write_text("hangs", encoding="utf-8")
        assert child.day(scenario, 3)["void"] == "a decision took more than 0.3 s of CPU time"
    finally:
        child.end()


# results


@pytest.fixture
def played(tiny: Path, tmp_path: Path) -> Path:
    """A result with a nonce."""
    out = tmp_path / "out" / "result.json"
    sets = ("main", "shifted", "latency")
    bench(["greedy"], suite=tiny, number=2, sets=sets, nonce="spring", workers=1, out=out)
    return out


def test_a_result_tells_all_and_comes_out_the_same_again(played: Path, tiny: Path) -> None:
    found = read_result(played)
    assert [each["policy"] for each in found.policies] == ["first-job-first", "greedy"]
    assert found.seeds["greedy"]["main"] == [1000, 1001]
    assert len(found.scores("unseen")) == 2
    said = "\n".join(bench_lines(found))
    assert "score: 0 is first job first" in said
    assert "on days that follow from the nonce" in said
    assert leaderboard(found).startswith("# Leaderboard of dispatch policies")
    again = verify_bench(played, suite=tiny, sample=3, seed=5, workers=1)
    assert [each.other for each in again] == [(), (), ()]
    assert "3 of 3 days" in rerun_lines(again)[-1]


def test_what_was_changed_in_a_result_is_found(played: Path, tiny: Path) -> None:
    whole = json.loads(played.read_text(encoding="utf-8"))

    def changed(change: Any) -> Any:
        raw = json.loads(json.dumps(whole))
        change(raw)
        played.write_text(json.dumps(raw), encoding="utf-8")
        return functools.partial(verify_bench, played, suite=tiny, sample=99, workers=1)

    def better(raw: dict[str, Any]) -> None:
        raw["policies"][1]["days"]["few"]["1000"]["share"] = 1.0

    def other_outcome(raw: dict[str, Any]) -> None:
        raw["policies"][1]["days"]["few"]["1000"]["outcome"] = "0" * 64

    with pytest.raises(InputError, match="scores: are not those of its days"):
        changed(better)()
    (found,) = [each for each in changed(other_outcome)() if each.other]
    assert (found.policy, found.scenario, found.seed) == ("greedy", "few", 1000)
    assert found.other[0].startswith("outcome: ")
    with pytest.raises(InputError, match="few: has another hash in the result"):
        changed(lambda raw: raw["scenarios"]["few"].update(sha256="0" * 64))()
    for change in (
        lambda raw: raw.update(nonce="autumn"),
        lambda raw: raw["policies"][1].update(sha256="0" * 64),
        lambda raw: raw["seeds"]["greedy"].update(main=[1000, 999]),
    ):
        with pytest.raises(InputError, match=r"has seeds that are not of the protocol|is not a result"):
            changed(change)()
    with pytest.raises(InputError, match="is not a result of the benchmark"):
        changed(lambda raw: raw.pop("limits"))()


def test_bounds_are_told_by_scenario(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks, "Stage", functools.partial(Stage, begin=InThisProcess))
    found = bench_bounds(suite=tiny, seeds="tuning", number=1, workers=1)
    assert list(found) == ["few"]
    share = found["few"]["0"]
    assert share is not None
    assert 0.5 < share <= 1.0
    assert bound_lines(found)[1].startswith("few")


def test_a_policy_comes_from_its_file(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "idle.py"
    path.write_text("from dronesim import Decisions\n\ndef idle(view):\n    return Decisions()\n", encoding="utf-8")
    found = bench([f"{path}:idle"], suite=tiny, number=1, workers=1)
    assert found.of("idle:idle")["days"]["few"]["1000"]["share"] == 0.0
    with pytest.raises(InputError, match="is named twice"):
        bench(["greedy", "greedy"], suite=tiny)
    with pytest.raises(InputError, match="is not a scenario of the suite, which has few, more, city"):
        bench(["greedy"], suite=tiny, scenarios=["fewer"])


def test_on_the_command_line_policies_need_no_verb(tiny: Path) -> None:
    answer = call("bench", "greedy", "--suite", str(tiny), "--days", "1", "--workers", "1", "--json", "--quiet")
    assert (answer.code, answer.err) == (0, "")
    assert [score["policy"] for score in json.loads(answer.out)["scores"]["main"]] == ["greedy", "first-job-first"]
    assert call("bench", "bound", "--suite", str(tiny), "--days", "1", "--quiet").out.startswith("scenario")
    assert call("bench", "greedy", "--suite", str(tiny), "--days", "0").code == 2
