"""Runs every check and writes what they found: docs/validation.md, and the outcomes that the package carries.

    python benchmarks/validation.py
    python benchmarks/validation.py --only measured-flights --only trapezoid

The second form runs some checks, prints them, and writes nothing. No time and no date goes into what is written, so
the same program writes the same bytes. Exits with 1 where a pass mark is missed, after it has written everything.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from dronesim import evidence  # noqa: E402
from dronesim.evidence import Outcome, Result  # noqa: E402
from evidence_checks.catalogue import ALL_CHECKS  # noqa: E402
from evidence_checks.page import page  # noqa: E402

PAGE: Final = ROOT / "docs" / "validation.md"
OUTCOMES: Final = Path(evidence.__file__).parent / evidence.OUTCOMES_FILE


def content(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Put outcomes into the form of the file in the package."""
    return {"schema_version": 1, "checks": {found.name: _without_name(found) for found in outcomes}}


def _without_name(found: Outcome) -> dict[str, Any]:
    values = asdict(found)
    del values["name"]
    return values


def run(names: Sequence[str] = ()) -> list[Outcome]:
    """Run all checks, or those named, and tell each as it ends."""
    found = []
    for check in ALL_CHECKS:
        if names and check.name not in names:
            continue
        outcome = check.outcome()
        print(f"{outcome.result.value:<8} {outcome.name}: {outcome.figure}", flush=True)
        found.append(outcome)
    return found


def write(outcomes: Sequence[Outcome]) -> None:
    """Write the file in the package and the page."""
    text = json.dumps(content(outcomes), indent=2, ensure_ascii=False)
    OUTCOMES.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page({found.name: found for found in outcomes}), encoding="utf-8")


def missed(outcomes: Mapping[str, Outcome]) -> list[str]:
    """List the pass marks that are missed."""
    verdicts = evidence.mark_verdicts(evidence.statuses(outcomes))
    return [verdict.mark.title for verdict in verdicts if verdict.result == Result.FAILED]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="Run the checks behind docs/validation.md.")
    parser.add_argument("--only", action="append", default=[], choices=[check.name for check in ALL_CHECKS])
    chosen = parser.parse_args().only
    outcomes = run(chosen)
    if chosen:
        return
    write(outcomes)
    short = missed({found.name: found for found in outcomes})
    for title in short:
        print(f"mark missed: {title}")
    raise SystemExit(1 if short else 0)


if __name__ == "__main__":
    main()
