"""The report page: one self-contained HTML file with the answer, its make-up and the pictures."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import jinja2

from dronesim.record.tables import Columns
from dronesim.report import exposure, rows, summary, trouble, trouble_rows, words
from dronesim.report.guard import Drawn


def page_html(
    *,
    kpis: Mapping[str, Any],
    facts: Mapping[str, Any],
    tables: Mapping[str, Columns],
    pictures: Sequence[Drawn],
    is_synthetic: bool,
    evidence: Sequence[str],
) -> str:
    """Fill the page template.

    ``is_synthetic`` tells whether the map says so, ``evidence`` are the lines
    that the scenario rests on.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = files("dronesim.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        facts=facts,
        kpis=kpis,
        headline=words.headline(kpis["service"]),
        is_met=_is_met(kpis["service"]),
        ceiling=words.sentence(words.ceiling(kpis)),
        other_clock=words.sentence(words.other_clock(kpis["service"])) + ".",
        coverage=words.sentence(summary.coverage(kpis)) + ".",
        waiting=words.sentence(summary.waiting(kpis)) + ".",
        trouble=words.sentence(trouble.told(facts)),
        stages=rows.stage_bars(kpis["stages_s"]),
        waits=rows.wait_rows(kpis["waits"]),
        collect_mean=words.minutes(kpis["click_to_collect_s"]["mean"]),
        durations=rows.duration_rows(kpis),
        states=rows.state_rows(kpis["orders"], kpis["refusals"]),
        misses=rows.miss_rows(tables["orders"], facts["service"]),
        figures=rows.figure_groups(kpis),
        troubles=trouble_rows.trouble_groups(kpis, facts),
        losses=words.losses(kpis["airspace"], facts["airspace"]),
        meetings=rows.meeting_rows(facts["terminal_meetings"]),
        risk=words.sentence(exposure.risk_told(kpis.get("risk"))),
        risks=exposure.risk_rows(kpis.get("risk")),
        noise=words.sentence(exposure.noise_told(kpis.get("noise"))),
        listeners=exposure.noise_rows(kpis.get("noise"), facts),
        sites=rows.resource_rows(kpis["resources"], facts["capacity"]),
        incident_counts=rows.incident_counts(tables["incidents"]),
        incidents=rows.incident_rows(tables["incidents"]),
        settings=rows.setting_rows(facts),
        evidence=evidence,
        glossary=list(words.GLOSSARY.items()),
        is_synthetic=is_synthetic,
        again=_again(facts, has_tracks="flown" in tables),
        largest_item=words.sentence(summary.cost(kpis["cost"])) + ".",
        pictures=[(drawn.caption, _embed(drawn.png), drawn.failure) for drawn in pictures],
    )


def _again(facts: Mapping[str, Any], *, has_tracks: bool) -> str:
    """Give the command that repeats the run from inside its folder, into a folder beside it."""
    replication = f" --replication {facts['replication']}" if facts["replication"] else ""
    tracks = " --tracks" if has_tracks else ""
    return f"dronesim run scenario.toml --seed {facts['seed']}{replication}{tracks} --out ../again"


def _is_met(service: Mapping[str, Any]) -> bool:
    return service["share"] is not None and service["share"] >= service["target"]


def _embed(png: bytes | None) -> str | None:
    if png is None:
        return None
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
