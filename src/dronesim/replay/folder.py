"""The replay of a saved run as a file: a page, or a still or a film of a part of the day, as the name's ending says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dronesim.errors import InputError, Problem
from dronesim.record.folder import write_file
from dronesim.record.saved import open_saved
from dronesim.record.targets import check_writable, writing_to
from dronesim.units import MINUTE, clock

if TYPE_CHECKING:
    from dronesim.experiment.pickup import DayKey
    from dronesim.replay.content import Content
    from dronesim.replay.film import Span

PAGE: Final = "replay.html"
FORMS: Final = (".html", ".png", ".gif", ".mp4")
STEP_S: Final = 5.0
"""A film shows so much of the day a frame, unless it is told otherwise."""
MOST_FRAMES: Final = 3000
_AROUND_S: Final = 5 * MINUTE
"""A film shows so much before and after the worst minute, unless it is told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The part of a day that a still or a film shows, seconds since midnight; None for what is around its worst minute.

    ``at_s``: the moment of a still. ``from_s``, ``to_s``: those of a film, a frame every ``step_s``.
    """

    at_s: float | None = None
    from_s: float | None = None
    to_s: float | None = None
    step_s: float = STEP_S


WORST: Final = Part()


def write_replay(folder: Path, place: Path | None = None, *, key: DayKey | None = None, part: Part = WORST) -> Path:
    """Write the replay of a saved run, into its folder if no place is named; gives where it lies.

    ``key``: what signed its pickup codes; None leaves them out.

    Raises
    ------
    InputError
        A file of the run is missing, or not as it was written; the name ends in no form that is known; the part lies
        outside of the day, or has too many frames; or there is no program that makes MP4.
    """
    target = folder / PAGE if place is None else place
    if target.suffix not in FORMS:
        rule = f"must end in {', '.join(FORMS[:-1])} or {FORMS[-1]}"
        raise InputError([Problem(file=str(target), key="--out", rule=rule)])
    check_writable(target, key="--out")
    from dronesim.replay.content import read_content

    content = read_content(open_saved(folder), key=key)
    if target.suffix == ".html":
        from dronesim.replay.page import page_html

        write_file(target, page_html(content).encode("utf-8", errors="replace"))
    else:
        _draw(content, target, part)
    return target


def _draw(content: Content, target: Path, part: Part) -> None:
    from dronesim.report.guard import ready_to_draw

    ready_to_draw()
    from dronesim.replay import film

    if target.suffix == ".png":
        if part.at_s is not None:
            _check_within(content.facts["horizon"], part.at_s, key="--at")
        write_file(target, film.still(content, part.at_s))
        return
    span = _span(content, part)
    with writing_to(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        {".gif": film.write_gif, ".mp4": film.write_mp4}[target.suffix](content, target, span)


def _span(content: Content, part: Part) -> Span:
    from dronesim.replay.film import Span
    from dronesim.replay.moment import Moments

    horizon = content.facts["horizon"]
    worst_s = Moments(content).worst_s
    from_s = max(worst_s - _AROUND_S, horizon["start_s"]) if part.from_s is None else part.from_s
    to_s = min(max(worst_s, from_s) + _AROUND_S, horizon["closed_s"]) if part.to_s is None else part.to_s
    _check_within(horizon, from_s, key="--from")
    _check_within(horizon, to_s, key="--to")
    if to_s < from_s:
        raise _refuse("--to", f"must not be before --from ({clock(from_s)})", clock(to_s))
    span = Span(from_s=from_s, to_s=to_s, step_s=part.step_s)
    frames = int((to_s - from_s) / part.step_s) + 1
    if frames > MOST_FRAMES:
        raise _refuse(
            "--step-s",
            f"makes {frames:,} frames, and at most {MOST_FRAMES:,} are drawn; take longer steps",
            part.step_s,
        )
    return span


def _check_within(horizon: Any, at_s: float, *, key: str) -> None:
    if not horizon["start_s"] <= at_s <= horizon["closed_s"]:
        rule = f"must lie within the day, from {clock(horizon['start_s'])} to {clock(horizon['closed_s'])}"
        raise _refuse(key, rule, clock(at_s))


def _refuse(key: str, rule: str, value: Any) -> InputError:
    return InputError([Problem(file="command line", key=key, rule=rule, value=value)])
