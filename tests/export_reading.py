"""What the tests of exports know by themselves: the run's own tables in instants and degrees, and hostile names."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

import dronesim
from command import TINY, tiny_map

HOSTILE: Final = {
    "T1": "=cmd|'/C calc'!A0",
    "T2": "<script>alert('T2')</script>",
    "A1": '"A1", & co. \\n',
    "A2": "[31mA2[0m \U0001f681 \u0645\u0631\u062d\u0628\u0627",
    "A3": "@" + "x" * 199,
    "C1": "+1+1",
    "C3": "-2+3",
    "school": "]]></name><script>",
}
"""What sites, customers and zones are called instead: formulas, markup, 200 letters; maps may hold no control signs."""
EVIL: Final = "evil [/red] \u00ad<script>alert(1)</script>"
"""What a day is called."""
DATED: Final = {"horizon.date": "2026-06-01", "horizon.zone": "Asia/Shanghai"}
FEW: Final = {"demand.orders": 20, "horizon.end": "10:40"}
DATE: Final = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
MIDNIGHT: Final = pd.Timestamp(DATE).tz_convert("UTC")
DEGREE: Final = 1.01e-7
"""Coordinates are written with seven decimals; two roundings may differ by one of the last."""
ODD: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def frame(run: Path, table: str) -> pd.DataFrame:
    """A table of the run."""
    found: pd.DataFrame = dronesim.open_run(run).tables[table].to_pandas()
    return found


def shown(name: str) -> str:
    """A name as exports show it."""
    return ODD.sub("\N{REPLACEMENT CHARACTER}", name)


def positions(run: Path) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of the points of the run's own map, by name as shown."""
    content = json.loads((run / "inputs" / "map.geojson").read_text(encoding="utf-8"))
    features = (feature for feature in content["features"] if feature["geometry"]["type"] == "Point")
    return {shown(each["properties"]["id"]): tuple(each["geometry"]["coordinates"]) for each in features}


def same_instants(found: Any, seconds: pd.Series) -> bool:
    """Whether instants are those of times of day, to the millisecond, and nothing where nothing is."""
    instants = pd.to_datetime(pd.Series(list(found)), utc=True, format="ISO8601")
    wanted = seconds.reset_index(drop=True)
    gaps = (instants - MIDNIGHT).dt.total_seconds() - wanted
    return bool((instants.isna() == wanted.isna()).all() and np.nanmax(np.abs(gaps), initial=0.0) < 1e-6)


def write_hostile(folder: Path, *, more: str = "") -> Path:
    """Write the tiny scenario with hostile names, and ``more`` of it, into a folder; gives its file."""
    (folder / "map.geojson").write_text(json.dumps(hostile_map()), encoding="utf-8")
    text = TINY.read_text(encoding="utf-8").replace('"tiny.geojson"', '"map.geojson"')
    text = text.replace('name = "tiny"', f"name = {json.dumps(EVIL)}")
    (folder / "day.toml").write_text(f"{text}\n{more}", encoding="utf-8")
    return folder / "day.toml"


def hostile_map() -> dict[str, Any]:
    """The map of the tiny scenario with the names of `HOSTILE`, and a zone that comes and goes."""
    content = tiny_map()
    for feature in content["features"]:
        told = feature["properties"]
        told.update({key: HOSTILE[name] for key, name in told.items() if isinstance(name, str) and name in HOSTILE})
        if told["id"] == HOSTILE["school"]:
            told.update({"from": "10:10", "to": "10:20"})
    return content
