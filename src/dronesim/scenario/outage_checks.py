"""What a scenario may not say of outages of command link and position service: unknown areas, laws that can't be."""

from __future__ import annotations

from typing import Final

from dronesim.errors import Problem
from dronesim.scenario.areas import unknown_areas
from dronesim.scenario.links import ExponentialOutages, LinkTable, LognormalOutages, NoOutages, outage_law
from dronesim.scenario.origins import KeyPath, Origins
from dronesim.scenario.position import PositionTable
from dronesim.units import MINUTE
from dronesim.world import World

_POSITION: Final[KeyPath] = ("navigation", "position")


def check_link(stated: LinkTable, origins: Origins, *, world: World) -> list[Problem]:
    """Find outages by areas that the map has not, and laws that can't be."""
    problems = unknown_areas(((("link", "areas"), name) for name in stated.areas), world, origins)
    if stated.by == "area" and not stated.areas and not world.link_areas:
        rule = "needs a feature of kind link_area on the map, or link.areas"
        problems.append(origins.problem(("link", "by"), rule, value=stated.by))
    if stated.by == "district" and stated.areas:
        rule = 'counts only with link.by = "area"'
        problems.append(origins.problem(("link", "areas"), rule, value=", ".join(stated.areas)))
    return [*problems, *_law_problems(stated.outages, origins, path=("link", "outages"))]


def check_position(
    stated: PositionTable, origins: Origins, *, world: World, is_used: bool, bound_m: float, most_m: float
) -> list[Problem]:
    """Find outages in areas that are not there, laws that can't be, and drifts out of what a flight is cleared for.

    ``is_used``: there are outages, by chance or as stated.
    """
    named = [((*_POSITION, "areas"), name) for name in stated.areas]
    problems = [
        *unknown_areas(named, world, origins),
        *_law_problems(stated.outages, origins, path=(*_POSITION, "outages")),
    ]
    if is_used and not bound_m < stated.stray_max_m <= most_m:
        rule = (
            f"must be above what drones stray by anyway, {bound_m:g} m, and not above {most_m:g} m, the smaller of "
            "airspace.obstacle_clearance_m and half of airspace.separation_m"
        )
        problems.append(origins.problem((*_POSITION, "stray_max_m"), rule, value=stated.stray_max_m))
    return problems


def _law_problems(
    law: NoOutages | ExponentialOutages | LognormalOutages, origins: Origins, *, path: KeyPath
) -> list[Problem]:
    """Find a lognormal law that can't be; ``path``: of its table."""
    if not isinstance(law, LognormalOutages):
        return []
    if law.p95_min < law.median_min:
        rule = f"must not be below median_min, {law.median_min:g}"
        return [origins.problem((*path, "p95_min"), rule, value=law.p95_min)]
    settled = outage_law(law)
    if settled is not None and settled.up_s <= 0:
        rule = f"must be more than an outage lasts on average, {settled.down_s / MINUTE:.1f} min"
        return [origins.problem((*path, "every_days"), rule, value=law.every_days)]
    return []
