"""The outcomes of the checks as they were last run, kept in the package so that nobody has to run them again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from dronesim.evidence.kinds import Kind, Outcome, Result

OUTCOMES_FILE: Final = "outcomes.json"


@cache
def saved_outcomes() -> Mapping[str, Outcome]:
    """Read the outcomes of the last run of all checks, by name."""
    text = files("dronesim.evidence").joinpath(OUTCOMES_FILE).read_text(encoding="utf-8")
    return {name: _outcome(name, found) for name, found in json.loads(text)["checks"].items()}


def _outcome(name: str, found: Mapping[str, Any]) -> Outcome:
    return Outcome(
        name=name,
        kind=Kind(found["kind"]),
        title=found["title"],
        source=found["source"],
        held_back=found["held_back"],
        mark=found["mark"],
        result=Result(found["result"]),
        figure=found["figure"],
    )
