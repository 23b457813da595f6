"""What the page's scripts unpack, place, count and draw is what Python has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

import dronesim
from dronesim.record.saved import open_saved
from dronesim.replay.content import Content, read_content
from dronesim.replay.day_columns import STEP_S
from dronesim.replay.district import STEP_M
from dronesim.replay.moment import Moments
from dronesim.replay.packing import as_text, pack, packed
from replaying import by_node, troubled_day

LENGTHS = (1, 14, 15, 26, 27, 42, 43, 62, 63, 84, 85, 106, 107, 122, 123, 152, 153, 180, 181, 213)
"""The longest that each version holds, and one more."""
OPEN = "const day = new Day(await unpacked(given.day));"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dronesim.Run:
    return troubled_day(tmp_path_factory.mktemp("replay") / "day")


@pytest.fixture(scope="module")
def content(run: dronesim.Run) -> Content:
    assert run.folder is not None
    return read_content(open_saved(run.folder), key=run._source.key)


@pytest.fixture(scope="module")
def times_s(content: Content) -> list[float]:
    horizon = content.facts["horizon"]
    return np.random.default_rng(1).uniform(horizon["start_s"], horizon["closed_s"], 60).tolist()


def asked(content: Content, **more: Any) -> dict[str, Any]:
    return {"day": as_text(content.packed()), **more}


def none_for_nan(values: Any) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


@settings(max_examples=5, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-1e6, 1e6)),
            st.one_of(st.none(), st.floats(0, 1e5)),
            st.integers(-(2**40), 2**40),
        ),
        max_size=40,
    ),
    scale=st.sampled_from([1.0, 0.5, 0.1, 0.01]),
)
def test_columns_come_out_as_they_went_in(rows: list[Any], scale: float, tmp_path_factory: Any) -> None:
    plain, later, whole = (
        np.array([np.nan if row[at] is None else row[at] for row in rows], np.float64) for at in (0, 1, 2)
    )
    first = packed("a", plain, scale=scale, is_delta=True)
    second = packed("b", plain + later, scale=scale, after=[first])
    columns = [first, second, packed("c", later, scale=scale, after=[first, second]), packed("d", whole, is_delta=True)]
    given_ = {"day": as_text(pack(columns, {"name": "</script>\u2028é"}))}
    code = "const {told, columns} = await unpacked(given.day);"
    code += "return [told.name, ...Object.values(columns).map((each) => Array.from(each))];"
    name, *found = by_node(code, given_, place=tmp_path_factory.mktemp("node"))
    assert name == "</script>\u2028é"
    for column, values in zip(columns, found, strict=True):
        expected = none_for_nan(column.values)
        assert [value is None for value in values] == [value is None for value in expected]
        got, want = (np.array([0.0 if value is None else value for value in each]) for each in (values, expected))
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-9)


def test_drones_are_where_they_flew(content: Content, times_s: list[float], tmp_path: Path) -> None:
    code = f"""{OPEN} const now = anyDrone();
    return given.times.map((time) => Array.from({{length: day.droneCount}}, (_, drone) => {{
      day.drone(drone, time, now);
      return now.state === "flying" ? [drone, now.place.x, now.place.y, now.place.z, now.place.heading] : null;
    }}).filter((each) => each));"""
    found = by_node(code, asked(content, times=times_s), place=tmp_path)
    moments, seen = Moments(content), 0
    for at_s, drones in zip(times_s, found, strict=True):
        aloft = moments.aloft(at_s)
        expected = dict(zip(aloft.drone.tolist(), aloft.xyz, strict=True))
        near = {drone: np.array(xyz) for drone, *xyz, _ in drones}
        # one that takes off or lands in this very step of time may be in one list only
        both = expected.keys() & near.keys()
        assert len(expected.keys() ^ near.keys()) <= 1
        for drone in both:
            fastest_mps = content.facts["aircraft"]["max_mps"]
            assert np.abs(expected[drone] - near[drone]).max() <= STEP_M + fastest_mps * STEP_S
        seen += len(both)
    assert seen > 60


def test_figures_are_those_of_the_tables_at_any_time(content: Content, times_s: list[float], tmp_path: Path) -> None:
    found = by_node(
        f"{OPEN} return given.times.map((time) => day.figures(time));", asked(content, times=times_s), place=tmp_path
    )
    moments = Moments(content)
    for at_s, figures in zip(times_s, found, strict=True):
        near = [moments.figures(at_s + shift_s) for shift_s in (-STEP_S, 0.0, STEP_S)]
        for name, key in (
            ("placed", "placed"),
            ("delivered", "delivered"),
            ("settled", "settled"),
            ("onTime", "on_time"),
            ("aloft", "aloft"),
            ("waiting", "waiting"),
            ("boxed", "boxed"),
        ):
            assert figures[name] in {getattr(each, key) for each in near}, name


def test_at_the_end_of_the_day_figures_are_the_key_figures(content: Content, tmp_path: Path) -> None:
    figures, worst_s = by_node(f"{OPEN} return [day.figures(day.closedS), day.worstS];", asked(content), place=tmp_path)
    service = content.kpis["service"]
    assert (figures["onTime"], figures["settled"]) == (service["on_time"], service["orders"])
    assert figures["share"] == pytest.approx(service["share"])
    assert figures["placed"] == content.kpis["orders"]["placed"]
    assert figures["delivered"] == content.kpis["orders"]["delivered"]
    assert worst_s == pytest.approx(Moments(content).worst_s, abs=STEP_S)


def test_an_order_tells_its_milestones_and_names_its_waits(content: Content, tmp_path: Path) -> None:
    orders, waits = content.tables["orders"], content.tables["waits"]
    order = int(np.flatnonzero(~np.isnan(orders["collected_s"]))[3])
    code = f"{OPEN} return new Stories(day, {{}}).lines(given.order);"
    lines = by_node(code, asked(content, order=order), place=tmp_path)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    told = [line["at"] for line in lines if line["kind"] == "milestone"]
    names = (
        "placed",
        "prepared",
        "ready",
        "assigned",
        "loading",
        "loaded",
        "departed",
        "arrived",
        "landed",
        "delivered",
        "collected",
    )
    expected = sorted(float(orders[f"{name}_s"][order]) for name in names)
    np.testing.assert_allclose(told, expected, atol=STEP_S)
    mine = (waits["order"] == order) & (waits["to_s"] > waits["from_s"])
    assert len([line for line in lines if line["kind"] == "wait"]) == int(mine.sum()) > 0


def test_its_code_is_the_code_that_the_cabinet_checked_and_can_be_scanned(
    run: dronesim.Run, content: Content, tmp_path: Path
) -> None:
    delivered = np.flatnonzero(~np.isnan(content.tables["orders"]["delivered_s"]))[::5].tolist()
    code = f"""{OPEN} const stories = new Stories(day, {{}});
    return given.orders.map((order) => [stories.token(order), qrCode(stories.token(order))]);"""
    for order, (token, dark) in zip(
        delivered, by_node(code, asked(content, orders=delivered), place=tmp_path), strict=True
    ):
        assert token == run.code(order).token
        assert read_qr(dark) == [token]


def test_a_code_of_any_length_can_be_read(tmp_path: Path) -> None:
    texts = ["".join(chr(33 + (7 * place) % 90) for place in range(length)) for length in LENGTHS]
    codes = by_node("return given.map(qrCode);", texts, place=tmp_path)
    assert [read_qr(dark) for dark in codes] == [[text] for text in texts]


def read_qr(dark: list[list[bool]]) -> list[str]:
    picture = np.pad(np.where(np.array(dark), 0, 255).astype(np.uint8), 4, constant_values=255)
    return [found.text for found in zxingcpp.read_barcodes(np.kron(picture, np.ones((4, 4), np.uint8)))]
