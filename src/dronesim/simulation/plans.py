"""Plans of sorties: both legs with all that they hold, and the ways to fly one that a clearance chooses from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import SortieChoices
from dronesim.dispatch import SortieTimes
from dronesim.simulation.leg import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class SortiePlan:
    """Both legs of a sortie.

    ``depart_ms``, ``deliver_ms`` and ``times`` count from the start of loading. ``fixed_wh`` is the energy that does
    not depend on the parcel: the way home and the hold allowance.
    """

    out: Leg
    home: Leg
    load_ms: int
    depart_ms: int
    deliver_ms: int
    fixed_wh: float
    times: SortieTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieWays:
    """Ways to fly a sortie, one a pair of levels, the quickest first; only that one where ways are not compared.

    ``outs`` are the legs of ways out, ``backs`` of those home, each of which may follow each of the former; ``plans``
    are the plans of those that were chosen, by number. ``levels``
    (ways,) tells the level of each one's way out, ``fixed_wh`` (ways,) its energy beside that, ``most_fixed_wh`` the
    largest of these; ``is_every`` (ways,) is true for each.
    """

    outs: tuple[Leg, ...]
    backs: tuple[Leg, ...]
    load_ms: int
    levels: NDArray[np.int64]
    fixed_wh: NDArray[np.float64]
    most_fixed_wh: float
    is_every: NDArray[np.bool_]
    choices: SortieChoices
    plans: dict[int, SortiePlan] = field(default_factory=dict)

    def legs(self, number: int) -> tuple[Leg, Leg]:
        """Give the legs of a way, out and home."""
        out, back = divmod(number, len(self.backs))
        return self.outs[out], self.backs[back]
