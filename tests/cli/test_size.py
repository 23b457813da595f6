"""``dronesim size``: a number, an honest range or a plain no, and what is done stays done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from command import TINY, call, command, environment
from dronesim.experiment.shadow_levels import FIRST_DAY

pytestmark = pytest.mark.usefixtures("days_once")

FAST = ("--workers", 1, "--quiet")


def test_size_answers_with_a_number_its_curve_and_its_cost(tmp_path: Path) -> None:
    answer = call("size", TINY, "--target", 0.9, "--out", tmp_path, "--indifference", 4, *FAST, "--json")
    assert (answer.code, answer.err) == (0, "")
    content = json.loads(answer.out)
    assert content == json.loads((tmp_path / "size.json").read_text())
    low, high = content["answer"]["low"], content["answer"]["high"]
    assert 1 <= low <= high <= 20
    levels = {point["value"]: point for point in content["curve"]}
    assert levels[high]["verdict"] == "meets"
    assert levels[low - 1]["verdict"] == "misses" if low > 1 else True
    assert content["cost"]["per_order"] > 0
    assert 1 <= content["no_policy_with_fewer_than"]["number"] <= high
    assert content["along"]["drones"][1] == high
    assert (tmp_path / "fleet-curve.png").read_bytes().startswith(b"\x89PNG")
    values = [point["value"] for point in (*content["curve"], *content["by_shadows"])]
    assert len(values) == len(set(values))


def test_a_target_above_the_ceiling_is_told_with_the_stage_and_the_other_clock(tmp_path: Path) -> None:
    slow = ("--set", "kitchens.preparation.mean_min=14", "--set", "kitchens.preparation.sd_min=0.5")
    answer = call("size", TINY, *slow, "--out", tmp_path, "--workers", 1)
    assert answer.code == 3
    assert "the target is above the ceiling" in answer.out
    assert "the kitchen" in answer.out
    assert "On the ready clock" in answer.out
    assert not list((tmp_path / "replications").glob("*.json"))


def test_what_no_number_in_the_range_reaches_is_told(tmp_path: Path) -> None:
    answer = call("size", TINY, "--between", "1:2", "--target", 0.95, "--out", tmp_path, "--workers", 1)
    assert answer.code == 3
    assert "even 2 drones miss the target" in answer.out


def test_what_stays_undecided_is_told(tmp_path: Path) -> None:
    few = ("--max-replications", 10, "--indifference", 0, "--between", "4:6", "--target", 0.8)
    answer = call("size", TINY, *few, "--out", tmp_path, *FAST, "--json")
    assert (answer.code, json.loads(answer.out)["status"]) == (3, "undecided")


def test_a_district_without_orders_in_range_has_no_answer(tmp_path: Path) -> None:
    answer = call("size", TINY, "--set", "service.radius_m=1", "--out", tmp_path, *FAST, "--json")
    assert (answer.code, json.loads(answer.out)["status"]) == (3, "no_orders")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--resource", "fleet.dornes"), "fleet.dornes"),
        (("--resource", "airports.boxes"), "--between"),
        (("--resource", "dispatch.policy"), "is no resource"),
        (("--resource", "fleet.is_shared"), "one whole number"),
        (("--between", "9:3"), "from small to large"),
        (("--between", "few"), "two whole numbers"),
        (("--dask", "tcp://127.0.0.1:9"), "--dask"),
    ],
)
def test_a_planners_mistake_is_named(
    options: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dronesim.experiment.executors.CONNECT_S", 0.5)
    answer = call("size", TINY, *options, "--out", tmp_path, "--workers", 1)
    assert answer.code == 2
    assert told in "".join(answer.complaints)
    assert "Traceback" not in answer.err


def test_every_takeoff_point_can_be_asked_to_meet_the_target(tmp_path: Path) -> None:
    options = ("--target", 0.85, "--indifference", 6, "--workers", 1)
    answers = [
        json.loads(call("size", TINY, *more, *options, "--out", tmp_path, "--quiet", "--json").out)
        for more in ((), ("--by", "takeoff_point"))
    ]
    assert [answer["by"] for answer in answers] == [None, "takeoff_point"]
    whole, each = answers
    assert whole["by_takeoff_point"] is None
    assert sum(whole["spread"].values()) == whole["answer"]["high"]
    assert each["spread"] is None
    points = {point["takeoff_point"]: point for point in each["by_takeoff_point"]}
    assert list(points) == ["T1", "T2"]
    assert sum(point["answer"]["high"] for point in points.values()) == each["answer"]["high"]
    for point in points.values():
        levels = {seen["value"]: seen for seen in point["curve"]}
        assert levels[point["answer"]["high"]]["low"] >= 0.85 - 0.06
        assert levels[point["answer"]["low"] - 1]["verdict"] == "misses"
    (together,) = each["curve"]
    assert together["value"] == each["answer"]["high"]
    assert together["takeoff_point"] in points


def test_a_crowded_takeoff_point_does_not_make_the_others_large(tmp_path: Path) -> None:
    """One number that is spread by demand has to be so large that the hardest place meets the target."""
    far = ("--set", "demand.orders=120", "--set", "couriers.per_takeoff_point=9")
    place = ("--workers", 1, "--out", tmp_path)
    options = (*far, "--target", 0.85, "--indifference", 8, *place)
    each = json.loads(call("size", TINY, "--by", "takeoff_point", *options, "--quiet", "--json").out)
    drones = {point["takeoff_point"]: point["answer"]["high"] for point in each["by_takeoff_point"]}
    stated = f"fleet.drones={{T1={drones['T1']},T2={drones['T2']}}}"
    figures = json.loads(
        call("run", TINY, *far, "--set", stated, "--replications", 10, *place, "--quiet", "--json").out
    )["figures"]
    assert figures["service.share"]["mean"] >= 0.85 - 0.05
    lines = call("size", TINY, *options).out
    whole = json.loads((tmp_path / "size.json").read_text(encoding="utf-8"))
    told = ", ".join(f"{name} {count}" for name, count in whole["spread"].items())
    assert f"Spread      over take-off points by expected demand: {told}; --by takeoff_point finds" in lines


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        (("--resource", "couriers.per_takeoff_point"), True),
        (("--resource", "takeoff_points.pads", "--between", "1:4"), True),
        (("--resource", "airports.boxes", "--between", "2:12"), False),
        (("--set", "fleet.is_shared=true"), False),
        (("--set", "fleet.drones={T1=6,T2=4}"), True),
    ],
)
def test_each_takeoff_point_has_a_number_of_its_own_of_what_belongs_to_it(
    options: tuple[str, ...], answers: bool, tmp_path: Path
) -> None:
    few = ("--set", "fleet.drones=10", *options, "--by", "takeoff_point", "--target", 0.7, "--indifference", 8)
    found = call("size", TINY, *few, "--workers", 1, "--out", tmp_path, "--quiet", "--json")
    assert found.code == 0, found
    assert (json.loads(found.out)["by_takeoff_point"] is not None) == answers
    assert (tmp_path / "fleet-curve.png").is_file()


def test_takeoff_points_without_an_answer_are_named(tmp_path: Path) -> None:
    options = ("--by", "takeoff_point", "--target", 0.85, "--indifference", 4, "--workers", 1, "--out", tmp_path)
    answer = call("size", TINY, *options, "--between", "1:3")
    assert answer.code == 3
    assert "none: no number that was looked at is enough at T1 (looked at: up to 3 drones) for the target" in answer.out
    assert any(line.startswith("T1 ") and "more than 3" in line for line in answer.out.splitlines())
    answer = call("size", TINY, *options, "--max-replications", 10)
    assert answer.code == 3
    assert "undecided at T1, T2; allow more with --max-replications" in answer.out


def sweep_of(folder: Path, *, orders: int) -> subprocess.Popen[str]:
    """A search that takes a while, in a process group of its own."""
    words = command("size", TINY, "--set", f"demand.orders={orders}", "--out", folder, "--workers", "2", "--quiet")
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    )


def wait_for(folder: Path, count: int) -> list[Path]:
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        found = list((folder / "replications").glob("*.json"))
        if len(found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError("no replication was finished within a minute")


def test_ctrl_c_ends_it_at_once_and_keeps_what_is_done(tmp_path: Path) -> None:
    """On a quiet machine of two cores it takes 0.3 s."""
    with sweep_of(tmp_path, orders=600) as running:
        wait_for(tmp_path, 3)
        begun = time.monotonic()
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=20)
        took_s = time.monotonic() - begun
    assert running.returncode == 130
    assert "finished replications are kept" in err
    assert "Traceback" not in err
    assert took_s < 2.5
    assert len(wait_for(tmp_path, 3)) >= 3
    assert not list((tmp_path / "replications").glob(".*"))


def test_a_killed_search_leaves_no_process_and_loses_nothing(tmp_path: Path) -> None:
    with sweep_of(tmp_path, orders=600) as running:
        done = wait_for(tmp_path, 4)
        before = {path: path.stat().st_mtime_ns for path in done}
        workers = children_of(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=20)
    assert len(workers) >= 2
    until_s = time.monotonic() + 10
    while any(is_alive(process) for process in workers) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert [process for process in workers if is_alive(process)] == []
    with sweep_of(tmp_path, orders=600) as again:
        wait_for(tmp_path, len(list((tmp_path / "replications").glob("*.json"))) + 1)
        os.killpg(again.pid, signal.SIGINT)
        again.communicate(timeout=20)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def children_of(process: int) -> list[int]:
    """All processes below one, by /proc."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found = {process}
    for _ in range(4):
        found |= {child for child, parent in parents.items() if parent in found}
    return sorted(found - {process})


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def lived(folder: Path) -> list[int]:
    """Numbers of the days that lie in a folder."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((folder / "replications").glob("*.json"))]
    return [json.loads(text.partition("\n")[2])["replication"] for text in texts]


def test_scouts_live_days_of_their_own_where_shadows_tell_something(tmp_path: Path) -> None:
    """And none where what is sized changes no shadow: then a few days are lived for the curve instead."""
    drones, loaders = tmp_path / "drones", tmp_path / "loaders"
    options = ("--target", 0.8, "--indifference", 8, *FAST, "--json")
    found = json.loads(call("size", TINY, *options, "--out", drones).out)
    scouts = [number for number in lived(drones) if number >= FIRST_DAY]
    assert len(scouts) in (6, 12)
    assert set(scouts) == set(range(FIRST_DAY, FIRST_DAY + 6))
    assert found["replications"] == len(lived(drones))
    resource = ("--resource", "takeoff_points.loaders", "--between", "1:4")
    found = json.loads(call("size", TINY, *options, *resource, "--out", loaders).out)
    assert max(lived(loaders)) < FIRST_DAY
    assert found["by_shadows"] == []
