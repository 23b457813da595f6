"""Numbers that a scenario states once for all sites or in a table by site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from dronesim.errors import Problem
from dronesim.scenario.complaints import near_match
from dronesim.scenario.origins import KeyPath, Origins

BySite: TypeAlias = int | dict[str, int] | None


class SiteNumbers:
    """Turns stated numbers into tuples in the order of the sites, and collects ids that are none."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self.problems: list[Problem] = []

    def each(
        self,
        path: KeyPath,
        stated: BySite,
        sites: tuple[str, ...],
        *,
        default: int,
        on_map: Mapping[str, int] | None = None,
    ) -> tuple[int, ...]:
        """Give every site its number: from a table, else the one number, else the map's, else the default."""
        if isinstance(stated, dict):
            self._check_ids(path, stated, sites)
            return tuple(stated.get(site, default) for site in sites)
        if stated is not None:
            return (stated,) * len(sites)
        return tuple((on_map or {}).get(site, default) for site in sites)

    def _check_ids(self, path: KeyPath, stated: Mapping[str, int], sites: tuple[str, ...]) -> None:
        for name in stated:
            if name not in sites:
                rule = "is not a site of this kind on the map"
                problem = self._origins.problem((*path, name), rule, value=name, hint=near_match(name, sites))
                self.problems.append(problem)
