"""The report page: one self-contained HTML file with the answer, its make-up and the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dronesim.record.report import FILE
from dronesim.report import exposure, late_rows, rows, summary, trouble, trouble_rows, words
from dronesim.report.guard import Drawn
from dronesim.report.page_numbers import LISTED_ORDERS
from dronesim.report.rests import LETTER_WORDS
from dronesim.report.saved_run import SavedRun
from dronesim.report.shown import Numbers, kpi_numbers
from dronesim.report.template import fill

_PLACED: Final = ("map.png", "click_to_door.png", "day.png", "people.png", "crossing.png")
"""Pictures that have their own place on the page; others follow all together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a page has beside the run: numbers, pictures, and words on what it rests on.

    ``numbers`` is the content of ``report.json``; ``is_synthetic`` tells whether the map says so, ``evidence`` are the
    lines that the scenario rests on, ``letters`` its keys by the letter of their source, ``codes`` the pictures of the
    late orders' pickup codes by number, None where they can't be made.
    """

    numbers: Mapping[str, Any]
    pictures: Sequence[Drawn]
    is_synthetic: bool
    evidence: Sequence[str]
    letters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    codes: Mapping[int, str] | None = None


def page_html(run: SavedRun, extras: Extras) -> str:
    """Fill the page template."""
    kpis, facts, tables = run.kpis, run.facts, run.tables
    page, numbers = Numbers(extras.numbers, f"{FILE}#"), kpi_numbers(kpis)
    return fill(
        "page.html.j2",
        **_answer(run, page),
        **_lateness(page),
        **_resources(run, page),
        **_trouble(run, page),
        facts=facts,
        kpis=kpis,
        is_synthetic=extras.is_synthetic,
        stages=rows.stage_bars(kpis["stages_s"]),
        collect_mean=numbers.minutes("click_to_collect_s", "mean"),
        durations=rows.duration_rows(kpis),
        states=rows.state_rows(kpis["orders"], kpis["refusals"], page),
        waits=rows.wait_rows(kpis["waits"]),
        hours=rows.hour_rows(page),
        codes=extras.codes,
        listed=LISTED_ORDERS,
        settings=rows.setting_rows(facts),
        evidence=extras.evidence,
        letters=[(letter, LETTER_WORDS[letter], keys) for letter, keys in extras.letters.items()],
        glossary=list(words.GLOSSARY.items()),
        again=_again(facts, has_tracks="flown" in tables),
        has_tracks="flown" in tables,
        pictures={drawn.file: drawn for drawn in extras.pictures},
        others=[drawn for drawn in extras.pictures if drawn.file not in _PLACED],
    )


def _answer(run: SavedRun, page: Numbers) -> dict[str, Any]:
    kpis, service = run.kpis, run.kpis["service"]
    return {
        "headline": words.headline(service),
        "is_met": service["share"] is not None and service["share"] >= service["target"],
        "ceiling": words.sentence(words.ceiling(kpis)),
        "other_clock": words.sentence(words.other_clock(service)) + ".",
        "coverage": words.sentence(summary.coverage(kpis)) + ".",
        "waiting": words.sentence(summary.waiting(kpis)) + ".",
        "trouble": words.sentence(trouble.told(run.facts)),
        "late_told": late_rows.late_told(page, service),
        "largest_item": words.sentence(summary.cost(kpis["cost"])) + ".",
    }


def _lateness(page: Numbers) -> dict[str, Any]:
    return {
        "split": late_rows.split_stages(page),
        "causes": late_rows.cause_rows(page),
        "heat": late_rows.heat(page),
        "late_groups": late_rows.late_groups(page),
        "late_orders": late_rows.order_rows(page),
    }


def _resources(run: SavedRun, page: Numbers) -> dict[str, Any]:
    kpis, facts = run.kpis, run.facts
    return {
        "figures": dict(rows.figure_groups(kpis)),
        "costs": rows.cost_rows(kpis, page),
        "charge": rows.charge_rows(page, facts),
        "resources": rows.resource_rows(page),
        "site_rows": rows.site_rows(page, kpis),
        "losses": words.losses(kpis["airspace"], facts["airspace"]),
        "closest": rows.closest_rows(page),
        "meetings": rows.meeting_rows(facts["terminal_meetings"]),
    }


def _trouble(run: SavedRun, page: Numbers) -> dict[str, Any]:
    kpis, facts, incidents = run.kpis, run.facts, run.tables["incidents"]
    return {
        "troubles": trouble_rows.trouble_groups(kpis, facts),
        "risk": words.sentence(exposure.risk_told(kpis.get("risk"))),
        "risks": exposure.risk_rows(kpis.get("risk")),
        "noise": words.sentence(exposure.noise_told(kpis.get("noise"))),
        "listeners": exposure.noise_rows(kpis.get("noise"), facts),
        "incident_counts": rows.incident_rows_by_kind(page),
        "incidents": rows.incident_rows(incidents),
    }


def _again(facts: Mapping[str, Any], *, has_tracks: bool) -> str:
    """Give the command that repeats the run from inside its folder, into a folder beside it."""
    replication = f" --replication {facts['replication']}" if facts["replication"] else ""
    tracks = " --tracks" if has_tracks else ""
    return f"dronesim run scenario.toml --seed {facts['seed']}{replication}{tracks} --out ../again"
