"""All that a replay tells of a run: packed columns, and beside them names, sites, hours, troubles and the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dronesim.experiment.pickup import DayKey
from dronesim.record.incidents import INCIDENTS
from dronesim.record.resources import NETWORK
from dronesim.record.saved import Saved
from dronesim.record.tables import END_STATES, LEG_KINDS, LEG_OUTCOMES, VERDICTS, Columns
from dronesim.record.waits import REASONS
from dronesim.replay import day_columns
from dronesim.replay.codes import codes_of
from dronesim.replay.day_columns import Names, told_s
from dronesim.replay.district import District, read_district
from dronesim.replay.packing import Packed, pack, packed
from dronesim.replay.paths import Paths, estimated_paths, flown_paths
from dronesim.report import trouble, words
from dronesim.report.saved_run import routes_in
from dronesim.report.trouble import Spell

_TABLES: Final = ("orders", "legs", "occupancy", "waits", "incidents", "scans")
_TRACKS: Final = "flown"
_KINDS: Final = {"takeoff_points": "takeoff_point", "airports": "airport"}
_SPELL_WORDS: Final = {
    "closure": "Airport {name} closed",
    "weather": "No drone may fly: {name}",
    "link": "No link: {name}",
    "position": "No position: {name}",
    "dispatcher": "The dispatcher is down",
    "takeoff_point": "Take-off point {name} closed",
    "cabinet": "Cabinet of {name} jammed",
    "unloader": "One unloader less at {name}",
    "charger": "One charger less at {name}",
    "courier": "One courier less at {name}",
    "kitchen": "Kitchens take longer",
}
_OF_SITES: Final = ("pad", "box", "courier", "rider", "charger", "loader", "unloader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A run, ready to be shown: its tables, facts and figures, where drones were, and what stands still."""

    tables: Mapping[str, Columns]
    facts: Mapping[str, Any]
    kpis: Mapping[str, Any]
    paths: Paths
    district: District
    columns: tuple[Packed, ...]
    told: Mapping[str, Any]

    def packed(self) -> bytes:
        """Give all of it for the page."""
        return pack(self.columns, self.told)


def read_content(saved: Saved, *, key: DayKey | None = None) -> Content:
    """Read a saved run; paths are those of its tracks, or estimates from legs and routes where it has none.

    ``key``: what signed its pickup codes; None leaves them out.

    Raises
    ------
    InputError
        A file of the run is missing, or not as it was written.
    """
    tables = {name: saved.columns(name) for name in _TABLES}
    paths, district, names = _paths(saved, tables), read_district(saved), _Vocabulary.of(saved.facts)
    orders = day_columns.order_columns(
        tables["orders"],
        saved.facts["service"],
        sites=names.sites,
        merchants=names.merchants,
        communities=names.communities,
        reasons=names.reasons,
    )
    delivered = next(column for column in orders if column.name == "orders.delivered")
    codes = codes_of(tables["orders"], saved.facts, delivered=delivered, key=key)
    closed_s = float(saved.facts["horizon"]["closed_s"])
    columns = (
        *_of_district(district),
        *day_columns.leg_columns(tables["legs"], paths, names.sites),
        *orders,
        *day_columns.stay_columns(tables["occupancy"], closed_s, names.sites),
        *day_columns.wait_columns(tables["waits"]),
        *day_columns.incident_columns(tables["incidents"], sites=names.sites, kinds=names.kinds, actions=names.actions),
        *day_columns.scan_columns(tables["scans"]),
        *codes.columns,
    )
    told = {
        **_answer(saved),
        **_standing(saved.facts, district),
        **names.content(district),
        "orderIds": _ids(tables["orders"]),
        "codes": codes.told,
        "areFlown": paths.are_flown,
    }
    return Content(
        tables=tables, facts=saved.facts, kpis=saved.kpis, paths=paths, district=district, columns=columns, told=told
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vocabulary:
    """The names that columns have numbers for; all but sites and kinds are numbered as they come."""

    sites: Names
    merchants: Names
    communities: Names
    reasons: Names
    actions: Names
    kinds: Names

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> _Vocabulary:
        sites = Names([site["id"] for group in facts["sites"].values() for site in group])
        kinds = Names(tuple(INCIDENTS))
        return cls(sites=sites, merchants=Names(), communities=Names(), reasons=Names(), actions=Names(), kinds=kinds)

    def content(self, district: District) -> dict[str, Any]:
        """Give all names, and words for those that have some."""
        return {
            "merchants": self.merchants.all,
            "merchantPlaces": [district.merchants.get(name) for name in self.merchants.all],
            "communities": self.communities.all,
            "reasons": self.reasons.all,
            "actions": self.actions.all,
            "kinds": self.kinds.all,
            "legKinds": list(LEG_KINDS),
            "legOutcomes": list(LEG_OUTCOMES),
            "endStates": list(END_STATES),
            "stateWords": words.STATE_WORDS,
            "refusalWords": words.REFUSAL_WORDS,
            "waitWords": [reason.words for reason in REASONS],
            "verdicts": list(VERDICTS),
            "resources": list(day_columns.SHOWN),
        }


def _standing(facts: Mapping[str, Any], district: District) -> dict[str, Any]:
    return {
        "sites": _sites(facts),
        "zones": [zone.content() for zone in district.zone_facts],
        "areas": list(district.area_names),
        "spells": _spells(facts),
        "winds": _winds(facts),
    }


def _paths(saved: Saved, tables: Mapping[str, Columns]) -> Paths:
    if _TRACKS in saved.names:
        return flown_paths(saved.columns(_TRACKS), tables["legs"])
    return estimated_paths(tables, saved.facts, routes_in(saved.facts))


def _of_district(district: District) -> list[Packed]:
    return [
        *district.buildings.columns("buildings"),
        packed("buildings.height", district.height_m),
        *district.zones.columns("zones"),
        *district.areas.columns("areas"),
        *district.routes.columns("routes"),
    ]


def _answer(saved: Saved) -> dict[str, Any]:
    """Tell what the day is, and its answer in the words and figures of the report."""
    facts, kpis = saved.facts, saved.kpis
    return {
        "name": facts["name"],
        "horizon": {name: told_s(facts["horizon"][f"{name}_s"]) for name in ("start", "end", "closed")},
        "headline": words.headline(kpis["service"]),
        "service": {name: facts["service"][name] for name in ("clock", "limit_s", "target", "radius_m")},
        "drones": facts["fleet"]["drones"],
        "walkMps": _walk_mps(saved),
        "boxingS": facts["handling"]["boxing_s"],
        "version": saved.manifest["dronesim"],
    }


def _walk_mps(saved: Saved) -> float | None:
    """Find how fast couriers walk in the scenario as it was resolved."""
    import tomllib

    if "scenario.toml" not in saved.manifest["files"]:
        return None
    stated: float | None = tomllib.loads(saved.text("scenario.toml")).get("couriers", {}).get("walk_mps")
    return stated


def _sites(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the sites that facts place, with how many they have of what is shown; others have no place."""
    capacity, fleet = facts["capacity"], facts["fleet"]["by_takeoff_point"]
    counted = {name: capacity.get(name, {}) for name in _OF_SITES}
    counted["rider"] = (facts.get("riders") or {}).get("count", counted["rider"])
    counted["courier"] = facts["couriers"]["count"]
    return [
        {
            "id": site["id"],
            "kind": _KINDS[group],
            "x": site["x_m"],
            "y": site["y_m"],
            "drones": fleet.get(site["id"], 0),
            **{f"{name}s" if name != "box" else "boxes": found.get(site["id"], 0) for name, found in counted.items()},
        }
        for group, found_sites in facts["sites"].items()
        for site in found_sites
    ]


def _spells(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List what was out or shut, from when until when, and where that was."""
    found = [_spell("closure", spell) for spell in trouble.closures(facts)]
    found += [_spell("weather", spell) for spell in trouble.no_flying(facts)]
    found += [_spell(kind, spell) for kind, spells in trouble.services_out(facts).items() for spell in spells]
    for row in facts.get("outages") or ():
        if row["what"] != "dispatcher":
            found.append(_spell(row["what"], Spell(row["site"], row["from_s"], row["to_s"])))
    return sorted(found, key=lambda spell: spell["fromS"])


def _spell(kind: str, spell: Spell) -> dict[str, Any]:
    told = _SPELL_WORDS.get(kind, kind.replace("_", " ") + " out: {name}")
    if kind == "kitchen" and spell.name != NETWORK:
        told = "Kitchen {name} takes longer"
    said = told.format(name=spell.name)
    return {"kind": kind, "name": spell.name, "fromS": spell.from_s, "toS": spell.to_s, "words": said}


def _winds(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the wind at the lowest level from each time on, and of the weather what is known."""
    rows = (facts.get("weather") or {}).get("rows", ())
    found = [
        {
            "fromS": wind["from_s"],
            "heightM": wind["levels"][0][0],
            "mps": math.hypot(*wind["levels"][0][1:]),
            "eastMps": wind["levels"][0][1],
            "northMps": wind["levels"][0][2],
        }
        for wind in facts["wind"]
    ]
    for row in found:
        before = [known for known in rows if known["from_s"] <= row["fromS"]]
        if before:
            row |= {"rainMmh": before[-1]["rain_mmh"], "gustMps": before[-1]["gust_mps"]}
    return found


def _ids(orders: Columns) -> list[str | None] | None:
    """List the ids of orders, unless they are those that orders without one get."""
    found: list[str | None] = orders["order_id"].tolist()
    return None if found == [f"o{number}" for number in orders["order"].tolist()] else found
