"""Weather files held against the facts: each form read apart, and each thing that is planted is found."""

from __future__ import annotations

import datetime
import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import dronesim
from dronesim.verify.checks import check_run
from dronesim.verify.reading import read_run
from dronesim.verify.report import Check
from dronesim.verify.weather_of_file import read_any, weather_of_file
from dronesim.weather.findings import About
from dronesim.weather.formats import read_weather

DATA: Final = Path(__file__).parent / "data"
HEAD: Final = f"""
name = "weather"
extends = "{DATA / "tiny.toml"}"
map = "{DATA / "tiny.geojson"}"
demand.orders = 2
horizon.end = "10:20"
fleet.drone_type = "hexa-2.5kg"
"""
HOURS: Final = "hour,wind_kt,gust_kt,wind_from_deg,rain_in,temperature_f,visibility_mi\n" + "".join(
    f"{h},{3 + h % 7}.5,{9 + h % 5},{40 * h % 360},0.0{h % 3},{60 + h % 20},{2 + h % 6}\n" for h in range(72)
)
TIMES: Final = "time,wind_mps,temperature_k,rain_mm\n" + "".join(
    f"2024-06-0{1 + i // 48}T{i % 48 // 2:02d}:{i % 2 * 30:02d}:00Z,"
    f"{'' if i % 9 == 4 else i % 5},{280 + i % 9},{i % 3}\n"
    for i in range(96)
)
EPW_ROWS: Final = (
    f"2001,7,{4 + h // 24},{h % 24 + 1},60,?,{15 + h % 9}.5{',0' * 13},"
    f"{17 * h % 360},{h % 6}.5,0,0,{3 + h % 8}{',0' * 8},{h % 2},0\n"
    for h in range(96)
)
EPW: Final = "LOCATION,Shenzhen,-,CHN,CSWD,594930,22.55,114.10,8.0,18.0\n" + 7 * "LINE\n" + "".join(EPW_ROWS)
METARS: Final = "".join(
    f"2024-06-01 METAR ZGSZ 01{i // 2:02d}{i % 2 * 30:02d}Z {i * 10:03d}{3 + i % 9:02d}G{14 + i % 5}KT 9999 -RA FEW020 "
    f"{10 + i % 20}/05 Q1008=\n"
    for i in range(36)
)
LITE: Final = "".join(
    f"2024 06 01 {h:02d}   {200 + h}   240 10080   {10 * h}    {20 + h}     8    {h % 3} -9999\n" for h in range(24)
)
ISD: Final = '"STATION","DATE","WND","VIS","TMP","OC1","AA1"\n' + "".join(
    f'"1","2024-06-01T{h:02d}:00:00","{10 * h:03d},1,N,00{20 + h},1","008000,1,N,1","+0{200 + h},1","0092,1",'
    f'"01,00{h % 3}0,9,1"\n'
    for h in range(24)
)
TWICE: Final = "time,wind_mps,wind_from_deg,rain_mmh\n" + "".join(
    f"2026-10-{25 + h // 24}T{h % 24:02d}:00,{1 + i % 7},{40 * i % 360},{i % 3}\n"
    for i, h in enumerate(sorted([*range(36), 2]))
)
ABROAD: Final = 'horizon.zone = "Asia/Shanghai"\n'
FORMS: Final = {
    "hours": ("w.csv", HOURS, "weather.day = 1\nweather.speed_step_mps = 0.5\nweather.direction_step_deg = 30.0\n"),
    "times": ("w.csv", TIMES, ABROAD),
    "epw": ("w.epw", EPW, 'horizon.zone = "Europe/Berlin"\nhorizon.date = "2026-07-05"\n'),
    "twice": ("w.csv", TWICE, 'horizon.start = "00:30"\nhorizon.zone = "Europe/Berlin"\nhorizon.date = "2026-10-25"\n'),
    "metar": ("w.txt", METARS, ABROAD),
    "isd-lite": ("w.txt", LITE, ABROAD),
    "isd-csv": ("w.csv", ISD, ABROAD),
    "filled": (
        "w.csv",
        "hour,wind_mps\n" + "".join(f"{h},{'' if h < 10 else 4.0}\n" for h in range(14)),
        'horizon.date = "2026-07-05"\n[weather.process]\n',
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the run of a form, made once."""

    @cache
    def made(form: str) -> Path:
        name, text, keys = FORMS[form]
        place = tmp_path_factory.mktemp(form)
        (place / name).write_text(text, encoding="utf-8")
        keys = keys if "[" in keys else f"{keys}[weather]\n"
        keys = re.sub(r"(\[weather[.a-z]*\]\n)", rf'weather.file = "{name}"\n\1', keys, count=1)
        (place / "day.toml").write_text(HEAD + keys.replace("[weather]\n", ""), encoding="utf-8")
        dronesim.run(place / "day.toml", out=place / "run", report=False)
        return place / "run"

    return made


def changed(run: Path, place: Path, *, facts: Callable[[Any], object] | None = None, file: str | None = None) -> Check:
    """Check a copy of a run with other facts, or another weather file."""
    copy = shutil.copytree(run, place / "copy")
    if facts is not None:
        told = json.loads((copy / "facts.json").read_text(encoding="utf-8"))
        facts(told)
        (copy / "facts.json").write_text(json.dumps(told), encoding="utf-8")
    if file is not None:
        next((copy / "inputs").glob("weather.*")).write_text(file, encoding="utf-8")
    return weather_of_file(read_run(copy))


@pytest.mark.parametrize("form", FORMS)
def test_a_day_is_as_its_file_has_it(form: str, folder: Callable[[str], Path]) -> None:
    check = weather_of_file(read_run(folder(form)))
    assert check.violations == ()
    assert check.verdict == "ok"
    assert check.examined >= 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["wind_mps", "gust_mps", "rain_mmh", "temperature_c", "visibility_m", "from"])
def test_a_row_that_is_told_otherwise_is_found(
    form: str, name: str, folder: Callable[[str], Path], tmp_path: Path
) -> None:
    def change(told: Any) -> None:
        row = told["weather"]["rows"][-1]
        if name == "from":
            row["from_s"] += 60.0
        elif row[name] is None:
            row[name] = 1.0
        else:
            row[name] = None if form == "filled" and name != "wind_mps" else row[name] + 0.1

    check = changed(folder(form), tmp_path, facts=change)
    is_first = name == "from" and len(json.loads((folder(form) / "facts.json").read_text())["weather"]["rows"]) == 1
    assert check.is_clean == is_first


@pytest.mark.parametrize("form", FORMS)
def test_a_wind_from_elsewhere_is_found(form: str, folder: Callable[[str], Path], tmp_path: Path) -> None:
    def turn(told: Any) -> None:
        for level in told["wind"][-1]["levels"]:
            level[1:] = [level[2] + 0.2, -level[1]]

    assert "to the east and north" in changed(folder(form), tmp_path, facts=turn).violations[0]


def test_rows_by_the_wall_after_clocks_were_put_back_are_found(folder: Callable[[str], Path], tmp_path: Path) -> None:
    def by_the_wall(told: Any) -> None:
        for row in (*told["weather"]["rows"], *told["wind"]):
            row["from_s"] -= 3600.0 if row["from_s"] > 3 * 3600.0 else 0.0

    assert not changed(folder("twice"), tmp_path, facts=by_the_wall).is_clean


def test_a_row_that_is_left_out_is_found(folder: Callable[[str], Path], tmp_path: Path) -> None:
    assert not changed(folder("times"), tmp_path, facts=lambda told: told["weather"]["rows"].pop(1)).is_clean


@pytest.mark.parametrize(
    ("form", "other"),
    [
        ("hours", HOURS.replace("wind_kt", "wind_mph")),
        ("hours", HOURS.replace("34,9.5", "34,9.6")),
        ("times", TIMES.replace("Z,", "+01:00,")),
        ("epw", EPW.replace("114.10,8.0", "114.10,7.0")),
        ("twice", TWICE.replace("2026-10-25T02:00,3,80,2\n", "")),
        ("metar", METARS.replace("-RA", "RA")),
        ("isd-lite", LITE.replace("2024 06 01", "2024 06 02").replace("   10080", "  10081").replace("   20", "   21")),
        ("isd-csv", ISD.replace("01,00", "02,00").replace("0092", "0093")),
    ],
)
def test_another_file_is_found(form: str, other: str, folder: Callable[[str], Path], tmp_path: Path) -> None:
    assert other != FORMS[form][1]
    assert not changed(folder(form), tmp_path, file=other).is_clean


def test_a_file_that_is_gone_is_said_and_nothing_is_ok(folder: Callable[[str], Path], tmp_path: Path) -> None:
    copy = shutil.copytree(folder("hours"), tmp_path / "copy")
    (copy / "inputs" / "weather.csv").unlink()
    check = weather_of_file(read_run(copy))
    assert check.verdict == "skipped"
    assert "has not kept its weather file" in check.note


@pytest.mark.parametrize("text", ["", "hour\n", "hour,wind_mps\n0,x\n", f'hour,wind_mps\n0,"{"9" * 200_000}\n', "a\0b"])
def test_a_file_that_is_none_is_a_breach(text: str, folder: Callable[[str], Path], tmp_path: Path) -> None:
    copy = shutil.copytree(folder("hours"), tmp_path / "copy")
    (copy / "inputs" / "weather.csv").write_text(text, encoding="utf-8")
    (check,) = (check for check in check_run(read_run(copy)).checks if check.name == "weather of file")
    assert "could not be carried out" in check.violations[0]


def test_weather_of_a_file_that_facts_do_not_tell_is_found(folder: Callable[[str], Path], tmp_path: Path) -> None:
    assert not changed(folder("hours"), tmp_path, facts=lambda told: told.pop("weather")).is_clean


REPORTS: Final = (
    *("00000KT 9999 FEW020 28/24 Q1008", "VRB02MPS CAVOK 28/24 Q1008", "18012G22KT 0800 +TSRA BKN010 M01/M02 Q1008"),
    "18012G22KT 2 1/2SM -RA BR OVC008 23/22 A2992 RMK AO2 P0012 T02330217",
    *("18012KT P6SM SHRA OVC008 23/22 A2992 RMK AO2 P0000", "///10KT 1/4SM VCSH 23/22 A2992"),
    *("12004MPS 100V160 9999NDV DZ 23/// A2992", "36049MPS 5000 TS RESHRA 28/24 Q1008 NOSIG"),
    *("12004MPS //// // ////// 28/24 Q1008", "12004MPS 6000 28/24 Q1008 TEMPO 18020G35KT 0500 +RA"),
    *("12004KMH 3000 -SHRASN VV001 M00/M01 Q1000", "12004KT 2SM SG 03/01 A2990", "12004KT M1/4SM FZFG 03/01 A2990"),
    *("12004KT 0050 -FZDZ IC 03/01 A2990", "12004KT 9000 VCTS +DZ 03/01 A2990", "12004KT 9000 UP BLSN 03/01 A2990"),
    *("12004KT 9000 PL GR 03/01 A2990", "12004KT 9000 +SHGS 03/01 A2990", "NIL"),
)


def _reports() -> str:
    return "\n".join(f"METAR ZGSZ 01{12 + i // 4:02d}{i % 4 * 15:02d}Z {body}" for i, body in enumerate(REPORTS))


@pytest.mark.parametrize("form", ["data", *FORMS, "reports"])
def test_readers_of_the_checker_and_of_the_model_agree(form: str) -> None:
    """Two readers of each form, written apart, read the same."""
    if form == "data":
        texts = [(path.suffix, path.read_text(encoding="utf-8")) for path in sorted((DATA / "weather").iterdir())]
    else:
        texts = [(".txt", _reports()) if form == "reports" else (Path(FORMS[form][0]).suffix, FORMS[form][1])]
    near, zone = datetime.date(2024, 6, 3), "Europe/Berlin" if form == "twice" else "Asia/Shanghai"
    for suffix, text in texts:
        theirs = read_weather(text, About(label="w", zone=zone, near=near), suffix=suffix, form=None)
        ours = read_any(text, suffix=suffix, form=None, zone=zone, near=near)
        assert (ours.kind, ours.first, ours.offset_s) == (theirs.kind, theirs.first, theirs.offset_s)
        assert ours.at_s.tolist() == theirs.at_s.tolist()
        for name, values in theirs.columns.items():
            is_held = ~ours.is_doubtful if name not in ("wind_mps", "wind_from_deg") else np.ones(len(values), np.bool_)
            assert ours.columns[name][is_held] == pytest.approx(values[is_held], rel=1e-6, nan_ok=True), name
        assert ours.is_doubtful.sum() == (form == "reports")
