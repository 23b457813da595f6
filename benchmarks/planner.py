"""The live planner's estimate against real days: random settings of the sliders, run once and kept.

python benchmarks/planner.py run 130        # adds settings to benchmarks/planner_days.json, two real days each
python benchmarks/planner.py fit            # the first 30 become serving/prior.json
python benchmarks/planner.py check          # does the band cover the mean of real days in nine of ten others?
python benchmarks/planner.py elsewhere 40   # the same on scenarios that the prior does not know
python benchmarks/planner.py time           # how soon an estimate and a band of real days are there
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.experiment.bench import ready, run_task
from dronesim.experiment.factors import setting
from dronesim.experiment.points import Task
from dronesim.experiment.study import Study
from dronesim.serving.discrepancy import Guess, Place, Prior, Shape, guess, spread
from dronesim.serving.outlines import Outlines
from dronesim.serving.sliders import TARGET, Slider, sliders_of
from dronesim.simulation import saves_orders

ROOT: Final = Path(__file__).parents[1]
QUICKSTART: Final = ROOT / "scenarios" / "quickstart.toml"
KEPT: Final = Path(__file__).with_name("planner_days.json")
ELSEWHERE: Final = KEPT.with_name("planner_elsewhere.json")
OTHERS: Final = ("shenzhen-2022", "tipping-point", "quickstart-days")
"""Scenarios that the prior was not fitted on; the last one is the quickstart with days that differ more."""
PRIOR: Final = ROOT / "src" / "dronesim" / "serving" / "prior.json"
DAYS: Final = 2
FITTED: Final = 30
SEED: Final = 16
COVERED: Final = 0.95
DRAWN: Final = (
    "first-job-first",
    "random-feasible",
    "greedy",
    "matching",
    "matching-hold",
    "first-finish",
    "linear",
    "index",
)
"""Policies that were there when the settings were drawn; a newer one would move all draws."""
NOWHERE: Final = Place(numbers=(), wind_mps=0.0, policy="")
OWN: Final = {
    "fleet.drones": (95, 2.0),
    "couriers.per_takeoff_point": (12, 2.0),
    "takeoff_points.pads": (8, 2.0),
    "airports.pads": (6, 2.0),
    "batteries.packs": (20, 2.0),
    "airports.boxes": (28, 2.0),
    "demand.orders": (2500, 1.5),
}
"""The quickstart's own values, and how far sliders reach from them either way."""
WIND_MPS: Final = 8.0


def draw_sliders(name: str, count: int) -> list[dict[str, Any]]:
    """Draw settings of a scenario's own sliders: counts evenly on a scale of doublings, the rest evenly."""
    study = Study(path=QUICKSTART.with_name(f"{name}.toml"))
    sliders = [each for each in sliders_of(study.scenario(), ready(study.point()).resolved.rules) if each.fixed is None]
    rng = random.Random(f"{SEED} {name}")  # noqa: S311
    return [{each.key: _drawn(each, rng) for each in sliders if each.key != TARGET} for _ in range(count)]


def _drawn(slider: Slider, rng: random.Random) -> Any:
    if slider.choices:
        return rng.choice([choice for choice in slider.choices if choice in DRAWN])
    if slider.low <= 0 or slider.step < 1:
        return round(rng.uniform(slider.low, slider.high), 2)
    return round(min(max(slider.low * (slider.high / slider.low) ** rng.random(), slider.low), slider.high))


def draw(count: int) -> list[dict[str, Any]]:
    """Draw settings: numbers evenly on a scale of doublings, policy and wind evenly."""
    rng = random.Random(SEED)  # noqa: S311
    drawn = []
    for _ in range(count):
        values: dict[str, Any] = {
            key: max(1, round(own * reach ** rng.uniform(-1, 1))) for key, (own, reach) in OWN.items()
        }
        values["dispatch.policy"] = rng.choice(DRAWN)
        values["weather.wind_mps"] = round(rng.uniform(0, WIND_MPS), 1)
        drawn.append(values)
    return drawn


def kept(place: Path = KEPT) -> list[dict[str, Any]]:
    """Read what was run so far: settings, levels of real days and of their outlines, the best level of the curve."""
    rows: list[dict[str, Any]] = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else []
    return rows


def run(count: int) -> None:
    """Run the days of the settings that are not there yet."""
    study, rows = Study(path=QUICKSTART), kept()
    for values in draw(count)[len(rows) :]:
        rows.append(_row(study, values))
        write(rows)


def run_elsewhere(count: int) -> None:
    """Run the days of the settings of other scenarios that are not there yet, in turn."""
    rows = kept(ELSEWHERE)
    drawn = {name: draw_sliders(name, count) for name in OTHERS}
    for number in range(count):
        for name in OTHERS:
            values = drawn[name][number]
            if not any(row["scenario"] == name and row["settings"] == values for row in rows):
                rows.append({"scenario": name, **_row(Study(path=QUICKSTART.with_name(f"{name}.toml")), values)})
                write(rows, ELSEWHERE)


def _row(study: Study, values: dict[str, Any]) -> dict[str, Any]:
    point = study.point(*(setting(key, value) for key, value in values.items()))
    records = [json.loads(run_task(Task(point=point, replication=number))) for number in range(DAYS)]
    real = [record["kpis"]["service"]["share"] for record in records]
    return {"settings": values, "real": real, **outlined(study, values)}


def outlined(study: Study, values: dict[str, Any]) -> dict[str, Any]:
    """Outline the days of a setting."""
    outlines, point = Outlines(days=DAYS), study.point(*(setting(key, value) for key, value in values.items()))
    levels = outlines.of(point).levels.tolist()
    return {
        "outline": [round(level, 6) for level in levels],
        "most": round(max(each.level for each in outlines.curve(point)), 6),
    }


def write(rows: list[dict[str, Any]], place: Path = KEPT) -> None:
    """Keep the rows, one a line."""
    place.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


def shape(row: dict[str, Any]) -> Shape:
    """Give what the outlines of a row tell."""
    level = float(np.mean(row["outline"]))
    saves = saves_orders(row["settings"]["dispatch.policy"])
    return Shape(level=level, missing=max(row["most"] - level, 0.0), saves=saves)


def fit(rows: list[dict[str, Any]]) -> Prior:
    """Fit the bias by least squares, and take the reach that covers 95 % of what is left (split conformal)."""
    flown = [row for row in rows if shape(row).level > 0]
    gaps = np.array([(np.mean(row["real"]) - shape(row).level) / spread(shape(row).level) for row in flown])
    columns = np.array([[not s.saves, s.saves, s.saves * s.missing] for s in map(shape, flown)], dtype=np.float64)
    by_age, saves, saves_short = np.linalg.lstsq(columns, gaps, rcond=None)[0].tolist()
    left = np.sort(np.abs(gaps - columns @ np.array([by_age, saves, saves_short])))
    reach = left[min(len(left), int(np.ceil((len(left) + 1) * COVERED))) - 1]
    return Prior(
        by_age=round(by_age, 4),
        saves=round(saves, 4),
        saves_short=round(saves_short, 4),
        reach=round(float(reach), 4),
        settings=len(rows),
    )


def band(row: dict[str, Any], prior: Prior) -> Guess:
    """Give the estimate of a row as the planner gives it to somebody who has run nothing yet."""
    return guess(shape(row), NOWHERE, (), prior=prior)


def coverage(rows: list[dict[str, Any]], prior: Prior) -> tuple[float, float, float]:
    """Give the share of rows whose band covers the mean of real days, the same where drones fly, half the mean band."""
    bands = [band(row, prior) for row in rows]
    is_covered = np.array(
        [each.low <= np.mean(row["real"]) <= each.high for each, row in zip(bands, rows, strict=True)]
    )
    flies = np.array([shape(row).level > 0 for row in rows])
    halves = np.array([(each.high - each.low) / 2 for each in bands])
    return float(is_covered.mean()), float(is_covered[flies].mean()), float(np.median(halves[flies]))


def clock() -> dict[str, float]:
    """Time a planner over HTTP: the estimate of a moved slider, and the first band of real days."""
    import httpx2

    from dronesim.serving.server import open_server

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "plan"
        study = Study(path=QUICKSTART)
        with open_server(study, root=Path(place), folder=folder, port=0, days=10, workers=1, warn=say) as serving:
            thread = threading.Thread(target=serving.run, daemon=True)
            thread.start()
            origin = {"Origin": serving.url.rsplit("/", 2)[0]}
            with httpx2.Client(base_url=serving.url, headers=origin, timeout=300) as client:
                _ask(client, {"fleet.drones": 90})
                _until_band(client, {"fleet.drones": 90})
                moved = {"fleet.drones": 85, "demand.orders": 2400, "takeoff_points.pads": 7}
                begun_s = time.perf_counter()
                _ask(client, moved)
                estimate_s = time.perf_counter() - begun_s
                _until_band(client, moved)
                band_s = time.perf_counter() - begun_s
            serving.end()
            thread.join()
    return {"estimate_s": round(estimate_s, 3), "band_s": round(band_s, 2)}


def _ask(client: Any, values: dict[str, Any]) -> dict[str, Any]:
    reply = client.post("ask", json={"values": values})
    reply.raise_for_status()
    answer: dict[str, Any] = reply.json()
    return answer


def _until_band(client: Any, values: dict[str, Any]) -> None:
    with client.stream("GET", "events") as stream:
        if _ask(client, values)["real"]["count"] >= 2:
            return
        for line in stream.iter_lines():
            if line.startswith("data: ") and json.loads(line[6:])["real"]["count"] >= 2:
                return


def main() -> None:
    """Do what is asked."""
    what = sys.argv[1] if len(sys.argv) > 1 else "check"
    if what == "run":
        run(int(sys.argv[2]))
    elif what == "elsewhere":
        run_elsewhere(int(sys.argv[2]))
    elif what == "fit":
        found = fit(kept()[:FITTED])
        PRIOR.write_text(
            json.dumps({name: getattr(found, name) for name in found.__dataclass_fields__}, indent=2) + "\n"
        )
        print(found)
    elif what == "time":
        print(json.dumps(clock()))
    else:
        prior = fit(kept()[:FITTED])
        whole, flown, half = coverage(kept()[FITTED:], prior)
        print(f"{len(kept()[FITTED:])} settings: covered {whole:.1%}, where drones fly {flown:.1%}")
        print(f"half the band: {100 * half:.1f} points")
        for name in OTHERS:
            rows = [row for row in kept(ELSEWHERE) if row["scenario"] == name]
            whole, _, half = coverage(rows, prior)
            print(f"{name}, {len(rows)} settings: covered {whole:.1%}, half the band {100 * half:.1f} points")


if __name__ == "__main__":
    main()
