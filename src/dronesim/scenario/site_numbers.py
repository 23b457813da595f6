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
        """Give every site its number: the one that is stated for all, or the site's in a table by site.

        Sites that the table leaves out, or all where nothing is stated, have the map's number, else the default.
        """
        if isinstance(stated, int):
            return (stated,) * len(sites)
        table = stated or {}
        self._check_ids(path, table, sites)
        return tuple(table.get(site, (on_map or {}).get(site, default)) for site in sites)

    def _check_ids(self, path: KeyPath, stated: Mapping[str, int], sites: tuple[str, ...]) -> None:
        for name in stated:
            if name not in sites:
                rule = f"is not a site of this kind on the map, which has {_some(sites)}"
                problem = self._origins.problem((*path, name), rule, value=stated[name], hint=near_match(name, sites))
                self.problems.append(problem)


def _some(ids: tuple[str, ...], limit: int = 12) -> str:
    shown = ", ".join(ids[:limit])
    return shown if len(ids) <= limit else f"{shown} and {len(ids) - limit} more"
