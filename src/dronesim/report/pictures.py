"""The pictures of a run, a row each: the file, what stands below it on the page, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from matplotlib.figure import Figure

from dronesim.report.crossing_picture import draw_crossing
from dronesim.report.day_chart import day_chart
from dronesim.report.day_picture import draw_day
from dronesim.report.door_chart import door_chart
from dronesim.report.door_picture import draw_click_to_door
from dronesim.report.drawing import rendered
from dronesim.report.exposure_picture import draw_exposure
from dronesim.report.guard import Drawn, Failure, attempt
from dronesim.report.inline import inline_svg, roofs_picture
from dronesim.report.map_chart import map_chart
from dronesim.report.map_picture import draw_map
from dronesim.report.saved_run import SavedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture; ``draw`` gives None for a run that has nothing to show in it.

    ``chart`` draws the same as SVG for the page; without one the figure itself is written as SVG.
    """

    file: str
    caption: str
    draw: Callable[[SavedRun], Figure | None]
    chart: Callable[[SavedRun], str] | None = None


def _map(run: SavedRun) -> Figure:
    return draw_map(run.tables, run.facts, run.geometry, run.routes)


def _crossing(run: SavedRun) -> Figure | None:
    return draw_crossing(run.tables, run.facts, run.meetings) if "flown" in run.tables else None


PICTURES: Final = (
    Picture(
        file="map.png",
        caption="Where the parcels flew. Lines are as wide as their traffic, sites as large as their load, "
        "and coloured by how busy their pads are.",
        draw=_map,
        chart=lambda run: map_chart(run, roofs_picture),
    ),
    Picture(
        file="click_to_door.png",
        caption="How long orders took. Every share is of all orders in range, delivered or not.",
        draw=lambda run: draw_click_to_door(run.tables, run.facts),
        chart=lambda run: door_chart(run.tables, run.facts),
    ),
    Picture(
        file="day.png",
        caption="The day over time.",
        draw=lambda run: draw_day(run.tables, run.facts),
        chart=lambda run: day_chart(run.tables, run.facts),
    ),
    Picture(
        file="people.png",
        caption="Who is below: noise in the busiest hour, and how long drones flew over how many people.",
        draw=lambda run: draw_exposure(run.tables, run.facts),
    ),
    Picture(
        file="crossing.png",
        caption="The place where most pairs of drones met, as flown. Grey parts of a line: at other heights.",
        draw=_crossing,
    ),
)


def draw_pictures(run: SavedRun) -> list[Drawn]:
    """Draw the pictures that a run has, each by itself: where one fails the others are drawn."""
    drawn = [_drawn(picture, run) for picture in PICTURES]
    return [picture for picture in drawn if picture is not None]


def _drawn(picture: Picture, run: SavedRun) -> Drawn | None:
    made = attempt(picture.file, lambda: _made(picture, run))
    if made is None:
        return None
    if isinstance(made, Failure):
        return Drawn(file=picture.file, caption=picture.caption, failure=made.text)
    png, svg = made
    return Drawn(file=picture.file, caption=picture.caption, png=png, svg=svg)


def _made(picture: Picture, run: SavedRun) -> tuple[bytes, str] | None:
    """Draw a picture as PNG and as SVG."""
    found = rendered(lambda: picture.draw(run))
    if found is None:
        return None
    figure, png = found
    if picture.chart is not None:
        return png, picture.chart(run)
    return png, inline_svg(figure, name=picture.file, title=picture.caption)
