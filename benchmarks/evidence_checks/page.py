"""docs/validation.md: a pure function of the catalogue of capabilities and of what the checks found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dronesim.evidence import (
    CAPABILITIES,
    MARKS,
    NOT_FOR,
    USES,
    Capability,
    Kind,
    Outcome,
    Result,
    Status,
    mark_verdicts,
    statuses,
)
from dronesim.evidence.purpose import Verdict

HEAD: Final = """\
# How far is it true?

This page is written by `make validation`, which runs the checks below; nobody types a status. A capability is

- **VALIDATED** if all its checks pass and one of them holds the model against data from outside, a part of which had
  no say in any number of the model;
- **VERIFIED** if all its checks pass and one of them holds it against theory or an independent program: it computes
  what it says it computes, which does not make that the truth about the world;
- **ASSUMED** otherwise: it has no check, one failed, or one could not run.

Calibration (data that numbers were chosen for) and self-checks buy nothing. `dronesim validate SCENARIO` and the report
of every run print which of these lines the scenario rests on."""


def page(outcomes: Mapping[str, Outcome]) -> str:
    """Write the page."""
    known = statuses(outcomes)
    parts = [HEAD, _purpose(), _marks(known), _capabilities(known, outcomes), _checks(outcomes)]
    return "\n\n".join(parts) + "\n"


def _purpose() -> str:
    return "\n".join(
        [
            "## What it is meant for",
            "",
            *(f"- {use}" for use in USES),
            "",
            "Not for:",
            "",
            *(f"- {no}" for no in NOT_FOR),
        ]
    )


def _marks(known: Mapping[str, Status]) -> str:
    verdicts = mark_verdicts(known)
    met = sum(verdict.result == Result.PASSED for verdict in verdicts)
    rows = [_mark_row(verdict) for verdict in verdicts]
    return "\n".join(
        [
            "## The pass mark",
            "",
            f"**{met} of {len(MARKS)} marks are met.** All of them must be, before answers are used as intended.",
            "",
            "| mark | capabilities | at least | met |",
            "|---|---|---|---|",
            *rows,
        ]
    )


def _mark_row(verdict: Verdict) -> str:
    mark = verdict.mark
    return f"| {mark.title} | {', '.join(mark.capabilities)} | {mark.least.name} | {_met(verdict.short)} |"


def _met(short: tuple[str, ...]) -> str:
    return f"**no**: {', '.join(short)}" if short else "yes"


def _capabilities(known: Mapping[str, Status], outcomes: Mapping[str, Outcome]) -> str:
    counts = ", ".join(
        f"{sum(found == status for found in known.values())} {status.name}" for status in reversed(Status)
    )
    rows = [
        f"| {each.title} | {each.covers} | **{known[each.title].name}** | {_evidence(each, outcomes)} |"
        for each in CAPABILITIES
    ]
    return "\n".join(
        [f"## Capabilities: {counts}", "", "| capability | what it covers | status | by |", "|---|---|---|---|", *rows]
    )


def _evidence(capability: Capability, outcomes: Mapping[str, Outcome]) -> str:
    checks = [f"[{name}](#{name}){_doubt(outcomes.get(name))}" for name in capability.checks]
    return ". ".join(part for part in (", ".join(checks) or "no check", capability.remark) if part)


def _doubt(outcome: Outcome | None) -> str:
    if outcome is None or outcome.result == Result.SKIPPED:
        return " (**not run**)"
    if outcome.result == Result.FAILED:
        return " (**fails**)"
    return f" ({outcome.kind.value})" if outcome.kind in {Kind.CALIBRATION, Kind.SELF} else ""


def _checks(outcomes: Mapping[str, Outcome]) -> str:
    return "\n\n".join(["## Checks", *("\n".join(_check(outcome)) for outcome in outcomes.values())])


def _check(outcome: Outcome) -> Iterator[str]:
    yield f"### {outcome.name}"
    yield ""
    yield f"{outcome.title[:1].upper()}{outcome.title[1:]}. **{outcome.result.value.capitalize()}**: {outcome.figure}."
    yield ""
    yield f"- kind: {outcome.kind.value}"
    yield f"- held against: {outcome.source}"
    if outcome.held_back:
        yield f"- held back: {outcome.held_back}"
    yield f"- passes: {outcome.mark}"
