"""The live planner: who is answered, what is answered, and what is kept."""

from __future__ import annotations

import asyncio
import json
import math
import re
import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from command import TINY, call
from dronesim.errors import InputError
from dronesim.experiment.bench import ready
from dronesim.experiment.study import Study
from dronesim.scenario import load_scenario
from dronesim.serving import guard
from dronesim.serving.app import Desk, application
from dronesim.serving.discrepancy import Place, Prior, Seen, Shape, guess
from dronesim.serving.finished import find_entries, page_path
from dronesim.serving.guard import Guard, Keys, Pace
from dronesim.serving.page import planner_page
from dronesim.serving.planner import Planner, enough
from dronesim.serving.server import open_server
from dronesim.serving.sliders import settings_of, sliders_of
from planning import planner_served
from replaying import by_node

HOST: Final = "127.0.0.1:8000"
ORIGIN: Final = {"origin": f"http://{HOST}"}
FEWER: Final = {"values": {"fleet.drones": 4}}
PLACE: Final = Place(numbers=(0.0,), wind_mps=0.0, policy="greedy")
PRIOR: Final = Prior(by_age=-0.3, saves=0.1, saves_short=2.0, reach=0.6, settings=9)


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory) -> Planner:
    return Planner(Study(path=TINY), days=2, folder=tmp_path_factory.mktemp("study") / "plan")


@pytest.fixture
def desk(planner: Planner, tmp_path: Path) -> Desk:
    return Desk(planner=planner, root=tmp_path, keys=Keys(pages="page-key", files="file-key"))


def client(desk: Desk, pace: Pace | None = None) -> TestClient:
    guarded = Guard(application(desk), keys=desk.keys, hosts=frozenset({HOST}), pace=pace)
    return TestClient(guarded, base_url=f"http://{HOST}")


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/page-key/", {}, 200),
        ("/", {}, 403),
        ("/other/", {}, 403),
        ("/file-key/", {}, 403),
        ("/file-key/files/run/report.html", {}, 404),
        ("/page-key/files/run/report.html", {}, 403),
        ("/page-key/", {"host": "evil.example"}, 421),
        ("/page-key/", {"host": "127.0.0.1:9"}, 421),
        ("/page-key/", {"origin": "http://evil.example"}, 403),
        ("/page-key/", {"origin": "null"}, 403),
        ("/page-key/", {"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_only_the_browser_that_has_the_address_is_answered(
    desk: Desk, path: str, headers: dict[str, str], code: int
) -> None:
    reply = client(desk).get(path, headers=headers)
    assert reply.status_code == code
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer"
    if code == 200:
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'nonce-")
        assert "unsafe" not in policy


def test_work_is_asked_for_by_our_own_page_alone(desk: Desk) -> None:
    asked = client(desk)
    assert asked.post("/page-key/ask", json=FEWER).status_code == 403
    assert asked.post("/page-key/ask", json=FEWER, headers={"origin": "http://evil.example"}).status_code == 403
    assert asked.get("/page-key/ask").status_code == 405
    assert asked.put("/page-key/ask", json=FEWER, headers=ORIGIN).status_code == 405
    assert asked.post("/page-key/ask", json=FEWER, headers=ORIGIN).status_code == 200


def test_bodies_are_short_whether_they_say_so_or_not(desk: Desk) -> None:
    long = b" " * (guard.MOST_BYTES + 1)
    asked = client(desk)
    assert asked.post("/page-key/ask", content=long, headers=ORIGIN).status_code == 413
    assert asked.post("/page-key/ask", content=iter([long[:9000], long[:9000]]), headers=ORIGIN).status_code == 413


def test_who_asks_too_often_waits(desk: Desk) -> None:
    now_s = [0.0]
    asked = client(desk, Pace(now_s=lambda: now_s[0], left=2.0))
    codes = [asked.get("/page-key/map").status_code for _ in range(3)]
    now_s[0] += 1.0
    assert [*codes, asked.get("/page-key/map").status_code] == [200, 200, 429, 200]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"fleet.drones": -4}, "--set fleet.drones=-4: fleet.drones: must be at least 1 (found -4)"),
        ({"fleet.drones": "4"}, "the page: fleet.drones: must be a number (found '4')"),
        ({"map": "/etc/passwd"}, "the page: map: can't be moved here"),
        ({"dispatch.policy": "os:system"}, "the page: dispatch.policy: is no built-in policy"),
        ({"fleet.drones": 400}, "the page: fleet.drones: must lie between 3 and 10 (found 400)"),
        ({"service.target": 2}, "service.target: must be at most 1 (found 2"),
    ],
)
@pytest.mark.parametrize("verb", ["ask", "save"])
def test_a_bad_value_gets_the_message_of_the_scenario(desk: Desk, verb: str, values: dict[str, Any], told: str) -> None:
    reply = client(desk).post(f"/page-key/{verb}", json={"values": values}, headers=ORIGIN)
    assert reply.status_code == 422
    (problem,) = reply.json()["problems"]
    assert told in problem


@pytest.mark.parametrize("body", ["", "[" * 9000, "[]", '{"values": 1}', '{"values": {"fleet.drones": NaN}}', "\xff"])
def test_what_is_no_question_is_told_so(desk: Desk, body: str) -> None:
    reply = client(desk).post("/page-key/ask", content=body.encode("latin-1"), headers=ORIGIN)
    assert reply.status_code == 422
    assert "must be JSON" in reply.json()["problems"][0]


def test_a_saved_scenario_loads_to_what_the_sliders_say(desk: Desk, planner: Planner) -> None:
    values = {"fleet.drones": 4, "demand.orders": 50, "service.target": 0.9}
    reply = client(desk).post("/page-key/save", json={"values": values}, headers=ORIGIN).json()
    path = Path(reply["path"])
    assert path.is_relative_to(planner.folder)
    saved = load_scenario(path)
    assert (saved.fleet.drones, saved.demand.orders, saved.service.target) == (4, 50, 0.9)
    stated = planner.study.scenario("fleet.drones=4", "demand.orders=50", "service.target=0.9")
    assert saved.model_dump(exclude={"map"}) == stated.model_dump(exclude={"map"})


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_page_warns_of_shared_fleets_which_outlines_know_nothing_of(is_shared: bool, tmp_path: Path) -> None:
    study = Study(path=TINY, settings=(f"fleet.is_shared={str(is_shared).lower()}",))
    page = planner_page(Planner(study, days=2, folder=tmp_path / "plan"), "nonce")
    assert ("Drones are shared here" in page) == is_shared


def test_what_does_not_differ_is_not_set(planner: Planner) -> None:
    own = {slider.key: slider.value for slider in planner.sliders if not slider.fixed}
    assert settings_of(own, planner.sliders) == ()
    assert settings_of({**own, "fleet.drones": 7, "service.target": 0.5}, planner.sliders) == ("fleet.drones=7",)


def test_sliders_hold_the_scenario_s_own_value_between_their_ends(planner: Planner) -> None:
    for slider in planner.sliders:
        assert slider.fixed or slider.value in slider.choices or slider.low <= slider.value <= slider.high, slider.key


def test_what_a_scenario_states_site_by_site_stays_so() -> None:
    study = Study(path=TINY, settings=("fleet.drones={ T1 = 3, T2 = 2 }", 'batteries.mode="charge"'))
    sliders = sliders_of(study.scenario(), ready(study.point()).resolved.rules)
    fixed = {slider.key: slider.fixed for slider in sliders if slider.fixed}
    assert fixed["fleet.drones"] == "the scenario states it site by site"
    assert fixed["batteries.packs"] == "packs are charged on board"
    assert fixed["airports.boxes"] == "the scenario leaves it open, and sites differ"
    assert "couriers.per_takeoff_point" not in fixed
    with pytest.raises(InputError, match=r"fleet\.drones: can't be moved: the scenario states it site by site"):
        settings_of({"fleet.drones": 9}, sliders)


def test_finished_days_nearby_narrow_the_band_and_far_ones_do_not() -> None:
    shape = Shape(level=0.8, missing=0.05, saves=True)
    alone = guess(shape, PLACE, (), prior=PRIOR)
    far = Place(numbers=(4.0,), wind_mps=0.0, policy="greedy")
    near = [Seen(place=PLACE, shape=shape, gap=-0.1, days=8)]
    here, there = guess(shape, PLACE, near, prior=PRIOR), guess(shape, far, near, prior=PRIOR)
    assert here.mean == pytest.approx(0.7, abs=0.01)
    assert here.high - here.low < 0.2 * (alone.high - alone.low)
    assert there.mean == pytest.approx(alone.mean)
    assert there.high - there.low == pytest.approx(alone.high - alone.low)


def test_a_band_stays_between_nothing_and_all_and_is_absent_without_orders() -> None:
    for level in np.linspace(0.0, 1.0, 21):
        found = guess(Shape(level=float(level), missing=0.0, saves=False), PLACE, (), prior=PRIOR)
        assert 0.0 <= found.low <= found.mean <= found.high <= 1.0
    assert math.isnan(guess(Shape(level=math.nan, missing=0.0, saves=True), PLACE, (), prior=PRIOR).mean)


def test_enough_lies_between_the_points_of_the_curve() -> None:
    shapes = [(drones, guess(Shape(level=level, missing=0.0, saves=True), PLACE, (), prior=PRIOR)) for drones, level in
              ((10, 0.2), (20, 0.5), (30, 0.9))]  # fmt: skip
    found = enough(shapes, 0.6)
    assert 10 < (found["low"] or 0) <= (found["mean"] or 0) <= (found["high"] or 99) <= 30
    assert enough(shapes, 1.0)["high"] is None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("served") / "plan"
    with planner_served(folder) as url:
        yield url, folder


def test_an_answer_that_nobody_waits_for_is_not_worked_out(desk: Desk) -> None:
    async def gone() -> dict[str, Any]:
        return messages.pop(0)

    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": json.dumps(FEWER).encode()},
        {"type": "http.disconnect"},
    ]
    request = Request({"type": "http", "method": "POST", "path": "/ask", "headers": []}, gone)
    assert asyncio.run(desk.ask(request)).status_code == 409
    assert (desk.asked, desk.number) == (None, 0)


def test_that_no_days_are_run_is_told_with_each_answer_from_then_on(desk: Desk, planner: Planner) -> None:
    asked = client(desk)
    assert asked.post("/page-key/ask", json=FEWER, headers=ORIGIN).json()["trouble"] == ""
    desk.fail(planner.ask({}), "no more days are run: the disk is full")
    assert asked.post("/page-key/ask", json=FEWER, headers=ORIGIN).json()["trouble"].endswith("the disk is full")


def test_the_page_says_what_python_says(planner: Planner, tmp_path: Path) -> None:
    """Shares in words, and whether the band meets the target, for answers of all kinds."""
    script = files("dronesim.serving").joinpath("web", "planner.js").read_text(encoding="utf-8")
    rng, answer = np.random.default_rng(3), planner.answer(planner.ask({}))
    answers, expected = [], []
    for count in (0, 1, 2, 3, 10):
        for _ in range(8):
            (low, mean, high), (down, real, up) = np.sort(rng.uniform(-0.05, 1.05, (2, 3)), axis=1).tolist()
            estimate, days = {"low": low, "mean": mean, "high": high}, {"low": down, "mean": real, "high": up}
            days = {**answer["real"], "count": count, **(days if count > 1 else {"low": None, "high": None})}
            shown = days if count >= 2 and (count == 10 or up - down <= high - low) else estimate
            ends = [min(max(shown[end], 0.0), 1.0) for end in ("low", "high")]
            target = round(float(rng.uniform(0.3, 0.9)), 3)
            answers.append({**answer, "estimate": estimate, "real": days, "days": 10, "target": target})
            word = "meets" if shown["low"] >= target else "misses" if shown["high"] < target else "may or may not meet"
            expected.append((100 * shown["mean"], [100 * end for end in ends], f"This {word} the target of"))
    found = by_node("return given.map(told);", answers, place=tmp_path, scripts=script)
    for told, (mean, ends, verdict) in zip(found, expected, strict=True):
        numbers = [float(each) for each in re.findall(r"-?\d+\.\d", told["headline"])]
        assert numbers == pytest.approx([mean, *ends], abs=0.0501)
        assert told["verdict"].startswith(verdict)
    nothing = {**answer, "estimate": dict.fromkeys(("low", "mean", "high"))}
    assert by_node("return told(given);", nothing, place=tmp_path, scripts=script)["headline"] == "No orders in range"


def test_days_arrive_one_by_one_and_are_those_that_the_command_finds(served: tuple[str, Path]) -> None:
    url, folder = served
    origin = {"origin": f"http://{urlsplit(url).netloc}"}
    told: list[dict[str, Any]] = []
    with httpx2.Client(base_url=url, headers=origin, timeout=60) as asked, asked.stream("GET", "events") as stream:
        first = asked.post("ask", json=FEWER).json()
        for line in stream.iter_lines():
            told += [json.loads(line[6:])] if line.startswith("data: ") else []
            if told and told[-1]["real"]["count"] == 2:
                break
    assert first["estimate"]["low"] <= first["estimate"]["mean"] <= first["estimate"]["high"]
    assert [each["real"]["count"] for each in told][-2:] == [1, 2]
    assert {each["number"] for each in told} == {first["number"]}
    kept = sorted(folder.glob("replications/*.json"))
    words = shlex.split(first["command"][0])[1:]
    answer = json.loads(call(*words, "--json", "--workers", "1").out)
    assert sorted(folder.glob("replications/*.json")) == kept
    assert len(kept) == 2
    assert answer["figures"]["service.share"]["mean"] == pytest.approx(told[-1]["real"]["mean"], abs=1e-5)


def test_days_of_an_earlier_session_are_taken_up_again(served: tuple[str, Path]) -> None:
    _, folder = served
    later = Planner(Study(path=TINY), days=2, folder=folder)
    values = json.loads((folder / "planner.json").read_text())["asked"][-1]
    assert later.answer(later.ask(values))["real"]["count"] == 0
    later.recall()
    assert later.answer(later.ask(values))["real"]["count"] == 2
    (folder / "planner.json").write_text('{"asked": [{"fleet.drones": "many"}, 3]}')
    Planner(Study(path=TINY), days=2, folder=folder).recall()


def test_listed_pages_are_shown_in_a_sandbox_and_nothing_else_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "how-many"
    folder.mkdir()
    (folder / "size.json").write_text('{"schema_version": 1, "name": "<b>x</b>"}')
    (folder / "report.html").write_text("<p>hello</p>")
    (folder / "size.html").write_text("<p>so many</p>")
    (tmp_path / "report.html").write_text("not listed")
    (folder / "replay.html").symlink_to("/etc/hostname")
    desk = Desk(planner=None, root=tmp_path, keys=Keys(pages="page-key", files="file-key"))
    asked = client(desk)
    listed = asked.get("/page-key/").text
    assert "&lt;b&gt;x" in listed
    assert '"/file-key/files/how-many/report.html"' in listed
    assert '"/file-key/files/how-many/size.html"' in listed
    shown = asked.get("/file-key/files/how-many/report.html")
    assert (shown.status_code, shown.text) == (200, "<p>hello</p>")
    assert shown.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    for path in (
        "how-many/replay.html",
        "how-many/size.json",
        "./report.html",
        "../report.html",
        "%2e%2e/x/report.html",
    ):
        assert asked.get(f"/file-key/files/{path}").status_code in (403, 404), path
    assert [entry.folder for entry in find_entries(tmp_path)] == ["how-many"]
    assert page_path(tmp_path, "../x", "report.html") is None


def test_who_opens_the_address_before_it_is_served_waits(tmp_path: Path) -> None:
    with open_server(None, root=tmp_path, folder=tmp_path, port=0, days=2, workers=1, warn=print) as serving:
        at = urlsplit(serving.url)
        with socket.create_connection((at.hostname, at.port), timeout=20) as early:
            early.sendall(f"GET {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nConnection: close\r\n\r\n".encode())
            thread = threading.Thread(target=serving.run, daemon=True)
            thread.start()
            assert early.recv(1000).startswith(b"HTTP/1.1 200 ")
        serving.end()
        thread.join(timeout=20)


def test_a_port_that_is_taken_is_told(served: tuple[str, Path]) -> None:
    port = urlsplit(served[0]).port
    ended = call("serve", "--runs", str(served[1].parent), "--port", str(port))
    assert ended.code == 2
    assert "--port: can't be used (Address already in use); name another one" in ended.err


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    ended = call("serve", "--runs", str(tmp_path))
    assert ended.code == 2
    assert "needs the extra: pip install 'dronesim[web]'" in ended.err


def test_a_policy_of_one_s_own_is_not_run() -> None:
    ended = call("serve", str(TINY), "--set", "dispatch.policy=os:getcwd")
    assert ended.code == 2
    assert "the planner runs built-in policies only" in ended.err
