"""Checks that incidents are told in known words, of sites, drones and legs that are there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.record.incidents import INCIDENTS
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, settle, where


def incidents(run: Run) -> Check:
    """Every incident is of a known kind, with an action that the kind has, of a site, a drone and a leg of the run."""
    return settle("incidents in known words", len(run.tables["incidents"]["kind"]), [*_words(run), *_references(run)])


def _words(run: Run) -> Iterator[Faults]:
    kind, action = run.tables["incidents"]["kind"], run.tables["incidents"]["action"]
    is_known = np.isin(kind, list(INCIDENTS))
    fits = [known and INCIDENTS[name].has(text) for name, text, known in zip(kind, action, is_known, strict=True)]
    yield where(
        ~is_known,
        lambda row: f"incident {row} is of kind {kind[row]!r}; known are {', '.join(sorted(INCIDENTS))}",
    )
    yield where(
        is_known & ~np.array(fits, np.bool_),
        lambda row: (
            f"incident {row}: {kind[row]} has no action {action[row]!r}; known are {'; '.join(_known(kind[row]))}"
        ),
    )


def _known(kind: str) -> tuple[str, ...]:
    return INCIDENTS[kind].actions


def _references(run: Run) -> Iterator[Faults]:
    table, facts = run.tables["incidents"], run.facts
    site, drone, leg = table["site"], table["drone"], table["leg"]
    sites = ["", *facts.takeoff_points, *facts.airports]
    yield where(~np.isin(site, sites), lambda row: f"incident {row} is at unknown site {site[row]!r}")
    yield where(drone >= facts.owned, lambda row: f"incident {row} befell drone {drone[row]}, which nobody owns")
    yield where(
        (leg >= 0) & ~np.isin(leg, run.legs["leg"]),
        lambda row: f"incident {row} names leg {leg[row]}, which the legs table lacks",
    )
