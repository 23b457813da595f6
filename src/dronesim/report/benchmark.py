"""The dispatch benchmark in words: scores on the terminal, and the leaderboard as a page of Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dronesim.experiment.benchmark.results import UNSEEN, Rerun, Result
from dronesim.experiment.benchmark.scores import Difference, ScenarioScore, Score
from dronesim.experiment.estimates import Estimate, number_or_nan

_NONE: Final = "-"
_TOLERANCE: Final = 1e-9
HEADS: Final = (
    *("policy", "score", "95 % interval", "on time", "gap", "late, min", "p95, min", "unserved", "empty legs"),
    *("decision, ms (p99)", "void days"),
)


def bench_lines(found: Result) -> list[str]:
    """Tell the scores of all sets, scenario by scenario, and the differences."""
    lines: list[str] = []
    for kind, title in (
        ("main", "score: 0 is first job first, 100 the bound that no policy exceeds"),
        (UNSEEN, "on days that follow from the nonce and the policy's code"),
        ("shifted", "shifted: wind, an outage and demand that no tuning day has"),
        ("latency", "latency: decisions in a city"),
    ):
        scores = found.scores(kind)
        if scores:
            lines += ["", title, *_aligned([HEADS, *map(_row, scores)]), "", *_scenario_lines(scores)]
    lines += _beyond(found)
    told = found.differences()
    if told and told[0].score.count > 1:
        lines += ["", "differences of scores on the same days, points (intervals hold together; p after Holm)"]
        lines += [f"  {_difference(each)}" for each in told]
    return lines[1:]


def _beyond(found: Result) -> list[str]:
    """Name policies that are told to have done what none can."""
    lines = []
    for played in found.policies:
        count = sum(
            number_or_nan(day["share"]) > number_or_nan(found.bounds[scenario][seed]) + _TOLERANCE
            for scenario, days in played["days"].items()
            for seed, day in days.items()
        )
        if count:
            days = "1 day" if count == 1 else f"{count} days"
            lines += [
                "",
                f"{played['policy']} is above the bound on {days}: no policy can be, so don't believe its row",
            ]
    return lines


def _row(score: Score) -> tuple[str, ...]:
    """Give the cells of one policy."""
    scenarios = list(score.scenarios.values())
    over = {name: _mean(found.measures[name] for found in scenarios) for name in scenarios[0].measures}
    return (
        score.policy,
        _points(score.estimate.mean),
        _interval(score.estimate),
        _percent(_mean(found.share for found in scenarios)),
        _percent(_mean(found.bound - found.share for found in scenarios)),
        _number(over["late_min"], 2),
        _number(over["p95_min"], 1),
        _percent(over["unserved"]),
        _percent(over["empty_legs"]),
        f"{_number(over['decision_p50_ms'], 2)} ({_number(over['decision_p99_ms'], 2)})",
        str(sum(found.void for found in scenarios)),
    )


def _scenario_lines(scores: Sequence[Score]) -> list[str]:
    """Tell the bound, the yardstick and each policy's share on time, with its score, by scenario."""
    return _aligned(_scenario_cells(scores))


def _cell(found: ScenarioScore) -> str:
    return f"{_percent(found.share)} ({'apart' if found.is_apart else _points(found.score)})"


def _difference(each: Difference) -> str:
    p = "p < 0.001" if each.p < 0.001 else f"p = {each.p:.3f}"
    verdict = "clear" if each.is_clear else "not told apart"
    return f"{each.policy} - {each.other}: {100 * each.score.mean:+.1f} {_interval(each.score)}, {p}, {verdict}"


def bound_lines(bounds: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    """Tell the bound of each scenario: mean, least and most of its days."""
    rows = []
    for name, found in bounds.items():
        known = [share for share in found.values() if share is not None]
        ends = (_percent(_mean(known)), _percent(min(known, default=math.nan)), _percent(max(known, default=math.nan)))
        rows.append((name, *ends, str(len(found))))
    return _aligned([("scenario", "bound", "least", "most", "days"), *rows])


def rerun_lines(found: Sequence[Rerun]) -> list[str]:
    """Tell what of a sample came out as a result says."""
    bad = [each for each in found if each.other]
    lines = [f"{each.policy}, {each.scenario}, seed {each.seed}: {'; '.join(each.other)}" for each in bad]
    same = len(found) - len(bad)
    return [*lines, f"the scores follow from the days; {same} of {len(found)} days that were run again are the same"]


_PAGE: Final = """\
# Leaderboard of dispatch policies

Version {version} of the benchmark; [benchmark.md](benchmark.md) has the protocol and says how a policy of your own gets
its row. Written by `dronesim bench table`; [leaderboard.json](leaderboard.json) has every day, and
`dronesim bench verify docs/leaderboard.json` runs a sample of them again.

Score: how far a policy comes from first job first (0) to the bound that no policy exceeds (100), mean over
the scenarios, {days} reporting days each. Gap: what lies between a policy and the bound. Late: mean excess over the
limit, counted up to 60 minutes.

{main}

On time by scenario, score in brackets:

{scenarios}

Differences of scores on the same days, in points (intervals hold together; p after Holm):

{differences}

## Shifted days

Wind, an outage, half as many orders again: what no tuning day has.

{shifted}

## A city

Twelve take-off points, forty airports and 150 shared drones: how long a decision takes.

{latency}
"""


def leaderboard(found: Result) -> str:
    """Write the page of the leaderboard."""
    main = found.scores()
    return _PAGE.format(
        version=found.version,
        days=len(found.seeds[main[0].policy]["main"]),
        main=_markdown([HEADS, *map(_row, main)]),
        scenarios=_markdown(_scenario_cells(main)),
        differences="\n".join(f"- {_difference(each)}" for each in found.differences()),
        shifted=_markdown([HEADS, *map(_row, found.scores("shifted"))]),
        latency=_markdown([HEADS, *map(_row, found.scores("latency"))]),
    )


def _scenario_cells(scores: Sequence[Score]) -> list[tuple[str, ...]]:
    heads = ("scenario", "bound", "first job first", *(score.policy for score in scores))
    return [
        heads,
        *(
            (name, _percent(one.bound), _percent(one.zero), *(_cell(score.scenarios[name]) for score in scores))
            for name, one in scores[0].scenarios.items()
        ),
    ]


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'---|' * len(rows[0])}", *lines[1:]])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _points(value: float) -> str:
    return f"{100 * value:.1f}" if math.isfinite(value) else _NONE


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %" if math.isfinite(value) else _NONE


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else _NONE


def _interval(found: Estimate) -> str:
    if not math.isfinite(found.low):
        return _NONE
    return f"({100 * found.low:.1f} to {100 * found.high:.1f})"
