"""What a dispatch policy may decide at one epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias, get_args, get_type_hints

from dronesim.errors import PolicyError


class Assign(NamedTuple):
    """This drone takes this order; ``home`` is where it lands after that, None: at the take-off point of the order.

    ``airport`` is where it brings the parcel, None: where that is bound for.
    """

    order: int
    drone: int
    home: int | None = None
    airport: int | None = None

    def __repr__(self) -> str:
        """Leave out what is as ever."""
        told = (("home", self.home), ("airport", self.airport))
        more = "".join(f", {name}={value}" for name, value in told if value is not None)
        return f"Assign(order={self.order}, drone={self.drone}{more})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Do not offer this order again before ``until_s`` (seconds since midnight)."""

    order: int
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reposition:
    """This free drone flies empty to the take-off point with this index."""

    drone: int
    takeoff_point: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """A free rider brings this order by road; of one that is not ready, the first who is free from then on."""

    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Ask again at a time (seconds since midnight), though nothing may have happened."""

    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Take this order, whose loading has not begun, back from its drone."""

    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Have the pack of this free drone swapped or charged now, though its charge is not that low."""

    drone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Do not serve this order, whose parcel no courier has yet."""

    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Let this drone, whose pack is due to be swapped or charged now, keep it, and be free."""

    drone: int


Decision: TypeAlias = Assign | Hold | Reposition | Ride | Wake | Recall | Swap | Keep | Refuse


class Decisions:
    """The decisions of one epoch, in the order in which they are to be enforced."""

    __slots__ = ("_decisions",)

    def __init__(self) -> None:
        self._decisions: list[Decision] = []

    def assign(self, order: int, drone: int, *, home: int | None = None, airport: int | None = None) -> None:
        """Give an order to a free drone, which then lands at the take-off point with the index ``home``.

        None: where the order begins. Another one is legal where drones may end at any take-off point
        (``fleet.ends``) and ``DispatchView.delivery_by`` with that ``home`` is finite. ``airport`` is the index of one
        of ``DispatchView.near_airports``, to which the customer walks; None: where the order is bound for. It keeps
        that, even if its booking is taken back. Not both in one decision.
        """
        whole = [None if each is None else int(each) for each in (home, airport)]
        self._decisions.append(Assign(int(order), int(drone), *whole))

    def hold(self, order: int, *, until_s: float) -> None:
        """Set an order aside until a time."""
        self._decisions.append(Hold(order=int(order), until_s=float(until_s)))

    def reposition(self, drone: int, *, takeoff_point: int) -> None:
        """Send a free drone to another take-off point."""
        self._decisions.append(Reposition(drone=int(drone), takeoff_point=int(takeoff_point)))

    def ride(self, order: int) -> None:
        """Send a rider with an order that is ready; see ``DispatchView.ride_by``.

        One that is not ready is handed to the riders of its take-off point, of whom there must be one: no view has it
        any more, and the first who is free takes it as soon as it is ready. One of ``DispatchView.refusable`` a rider
        fetches from the merchant, and its courier is free as if it had been refused.
        """
        self._decisions.append(Ride(order=int(order)))

    def wake(self, at_s: float) -> None:
        """Ask for a view of this pool at a time, whether or not anything happens until then."""
        self._decisions.append(Wake(at_s=float(at_s)))

    def recall(self, order: int) -> None:
        """Take an order back from its drone, on which it is not being loaded yet; see ``DispatchView.recallable``.

        Both are in the next view, in the same instant; a drone on its way to the order flies on without it.
        """
        self._decisions.append(Recall(order=int(order)))

    def swap(self, drone: int) -> None:
        """Have the pack of a free drone at a take-off point swapped, or charged on board, before it is due.

        The drone is free again when that is done. A pack that is charged to ``batteries.charge_to`` stays.
        """
        self._decisions.append(Swap(drone=int(drone)))

    def keep(self, drone: int) -> None:
        """Let a drone of ``DispatchView.due_drones`` keep its pack: it is free in the next view, in the same instant.

        Whether it may be assigned then goes by its charge, as for any other. Legal where the scenario says
        ``dispatch.may_keep_packs``; a due drone that is not kept is turned around once this view is answered.
        """
        self._decisions.append(Keep(drone=int(drone)))

    def refuse(self, order: int) -> None:
        """Refuse an order of ``DispatchView.refusable``: nobody brings it, and its courier is free.

        A courier who is on the way to the merchant, or waits there, comes back; one who was not sent yet is not sent.
        Legal where the scenario says ``dispatch.may_refuse``.
        """
        self._decisions.append(Refuse(order=int(order)))

    def __iter__(self) -> Iterator[Decision]:
        return iter(self._decisions)

    def __len__(self) -> int:
        return len(self._decisions)


class _Nothing(Decisions):
    """Decisions that stay none; those who share them can't add to one another's."""

    __slots__ = ()

    def __init__(self) -> None:
        """Begin with none."""

    def _say_no(self, *_: object, **__: object) -> NoReturn:
        raise PolicyError("NOTHING is shared by all and stays empty; begin with Decisions() to decide something")

    assign = hold = reposition = ride = wake = recall = swap = keep = refuse = _say_no

    def __iter__(self) -> Iterator[Decision]:
        return iter(())

    def __len__(self) -> int:
        return 0


MOST: Final = 1_000_000
"""So many decisions one view may be answered with: far more than any has orders and drones."""


def plain(decided: Decisions) -> Decisions:
    """Give decisions in plain numbers, whatever class theirs or their numbers' is, read once.

    Raises
    ------
    PolicyError
        One is not a decision, or they have no end.
    """
    listed, found = list(islice(decided, MOST + 1)), Decisions()
    if len(listed) > MOST:
        raise PolicyError(f"answered one view with more than {MOST:,} decisions")
    found._decisions = [_plain(each) for each in listed]
    return found


def _plain(decision: Any) -> Decision:
    kind = type(decision)
    if kind not in _FIELDS:
        raise PolicyError(f"{decision!r} is not a decision")
    made: Decision = kind(**{name: make(getattr(decision, name)) for name, make in _FIELDS[kind]})
    return made


def _int_or_none(value: Any) -> int | None:
    return None if value is None else int(value)


_MAKERS: Final[dict[Any, Any]] = {int: int, float: float, int | None: _int_or_none}
_FIELDS: Final[dict[Any, list[tuple[str, Any]]]] = {
    kind: [(name, _MAKERS[stated]) for name, stated in get_type_hints(kind).items()] for kind in get_args(Decision)
}

NOTHING = _Nothing()
"""No decision; it can't be added to."""
