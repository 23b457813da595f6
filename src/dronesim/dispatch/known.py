"""What is known at one instant, in plain numbers, and the rule by which deliveries are predicted from it.

Nothing here changes, and nothing leads anywhere: tuples of numbers, written down when something happens. The engine
predicts by the same rule as a policy's view does.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Final, NamedTuple

FOR_GOOD_MS: Final = 1 << 40
"""Later than any day."""

Spells = tuple[tuple[int, int], ...]


class Stay(NamedTuple):
    """A sortie at a site, from when to when; counted from the start of loading."""

    site: int
    from_ms: int
    to_ms: int


class SortieTimes(NamedTuple):
    """When a sortie delivers and is home, counted from the start of loading, and where it is on the ground."""

    deliver_ms: int
    home_ms: int
    stays: tuple[Stay, ...]


class OrderRow(NamedTuple):
    """A waiting order; times in milliseconds since midnight, ``sortie`` None where there is no way.

    ``is_in_range``: it counts for the service level.
    ``homes`` tells of each take-off point what a sortie that lands there takes: its times, and the energy that it
    needs, None where there is no way. It is empty where drones land where they took off. ``near`` are other airports
    at which the policy may serve it, each with the times of its sortie and its energy.
    """

    order: int
    mass_kg: float
    due_ms: int
    takeoff_point: int
    airport: int
    expected_ready_ms: int
    is_ready: bool
    need_wh: float
    sortie: SortieTimes | None
    is_in_range: bool = True
    homes: tuple[tuple[SortieTimes, float] | None, ...] = ()
    near: tuple[tuple[int, SortieTimes, float], ...] = ()


class DroneRow(NamedTuple):
    """A drone where it stands or will stand next, and what its pack will hold then.

    It is expected to be free at ``free_ms``, but not sooner than ``rest_ms`` from now: what is left to do once the
    parcel that it waits for is there. Both are 0 for a free one.
    """

    place: int
    charge: float
    full_wh: float
    free_ms: int
    rest_ms: int
    is_free: bool


class EmptyLeg(NamedTuple):
    """The way to a take-off point from another, or from an airport where a drone stays: its time and energy."""

    land_ms: int
    empty_wh: float


class Air(NamedTuple):
    """What the weather lets drones do: the share of a pack that it gives, and until when they may fly."""

    pack_share: float
    home_by_ms: int
    may_fly_until_s: float


class RidersNow(NamedTuple):
    """Free riders by take-off point, and how long a ride takes by take-off point and airport."""

    free: tuple[int, ...]
    ride_ms: tuple[tuple[int, ...], ...]


class Known(NamedTuple):
    """All else that is known at an instant.

    ``shut`` are airports that take no parcel, ``put_off`` orders that must wait for better weather. ``legs``: empty
    legs by origin and destination, which is a take-off point, as far as they were looked up; ``spells``: when sites
    lie in zones, by site.
    """

    now_ms: int
    shut: frozenset[int]
    put_off: frozenset[int]
    legs: tuple[tuple[EmptyLeg | None, ...], ...]
    reserve: float
    air: Air
    spells: tuple[Spells, ...]
    riders: RidersNow | None


def can_go(order: OrderRow, known: Known) -> bool:
    """Tell whether a drone could bring an order at all by now: there is a way, and its airport takes it."""
    return order.airport not in known.shut and order.order not in known.put_off and order.sortie is not None


def ends_too_late(order: OrderRow, known: Known) -> bool:
    """Tell whether a sortie with an order that can go would end too late for the weather, whoever flew it from now."""
    sortie = order.sortie
    begins_ms = max(known.now_ms, order.expected_ready_ms)
    return sortie is not None and begins_ms + sortie.home_ms > known.air.home_by_ms


def landing_at(order: OrderRow, home: int) -> OrderRow | None:
    """Give an order as it is for a drone that lands at a take-off point after it; None where it can't."""
    if home == order.takeoff_point:
        return order
    way = order.homes[home] if 0 <= home < len(order.homes) else None
    return None if way is None else order._replace(sortie=way[0], need_wh=way[1])


def going_to(order: OrderRow, airport: int) -> OrderRow | None:
    """Give an order as it is if it is served at an airport, its own or a near one; None where it can't be."""
    if airport == order.airport:
        return order
    for near, sortie, need_wh in order.near:
        if near == airport:
            return order._replace(airport=near, sortie=sortie, need_wh=need_wh, homes=())
    return None


def free_ms(drone: DroneRow, now_ms: int) -> int:
    """Tell when a drone is expected to be free; now if it is."""
    return max(drone.free_ms, now_ms + drone.rest_ms)


def available_wh(drone: DroneRow, known: Known) -> float:
    """Tell what a drone's pack holds above the reserve, or is expected to hold."""
    return (drone.charge - known.reserve) * drone.full_wh * known.air.pack_share


def predicted_ms(order: OrderRow, drone: DroneRow, known: Known, *, holds_wh: float | None = None) -> int | None:
    """Predict when a drone would deliver an order that can go if nobody were in its way; None where it can't.

    ``holds_wh`` is what its pack holds above the reserve, if it had another one than it has.
    """
    sortie = order.sortie
    if sortie is None:
        return None
    now_ms, _, _, legs, reserve, air, spells, _ = known
    place, charge, full_wh, at_ms, rest_ms, is_free = drone
    at_ms, need_wh = now_ms if is_free else max(at_ms, now_ms + rest_ms), order.need_wh
    if place != order.takeoff_point:
        leg = legs[place][order.takeoff_point]
        if leg is None:
            return None
        at_ms += leg.land_ms
        need_wh += leg.empty_wh
    # as ``available_wh``; this is asked of each pair, and a call is a third of it
    if need_wh > ((charge - reserve) * full_wh * air.pack_share if holds_wh is None else holds_wh):
        return None
    at_ms = max(at_ms, order.expected_ready_ms)
    if spells and lies_in_zone(sortie, at_ms, spells):
        return None
    if at_ms + sortie.home_ms > air.home_by_ms:
        return None
    return at_ms + sortie.deliver_ms


class Line(NamedTuple):
    """Drones in one place, as far as any of them could be the first with an order.

    Each with when it is free and what its pack holds above the reserve then: who is free later is in it only if it
    holds more than all before.
    """

    place: int
    drones: tuple[tuple[int, float], ...]


def line_up(drones: Iterable[DroneRow], known: Known) -> Line | None:
    """Let drones stand in line; None where they are not all in one place, or there are none."""
    now_ms, reserve, share = known.now_ms, known.reserve, known.air.pack_share
    free: list[tuple[int, float]] = []
    last, place = None, None
    for drone in drones:
        if drone is last:
            continue
        last = drone
        if place is None:
            place = drone.place
        elif place != drone.place:
            return None
        # as ``free_ms`` and ``available_wh``
        at_ms = now_ms if drone.is_free else max(drone.free_ms, now_ms + drone.rest_ms)
        free.append((at_ms, (drone.charge - reserve) * drone.full_wh * share))
    if place is None:
        return None
    free.sort()
    most_wh, line = -inf, []
    for at_ms, holds_wh in free:
        if holds_wh > most_wh:
            line.append((at_ms, holds_wh))
            most_wh = holds_wh
    return Line(place, tuple(line))


def first_in_line_ms(order: OrderRow, line: Line, known: Known) -> int | None:
    """Predict when the first of drones in line would deliver an order that can go from their place; None for none.

    It is the least of ``predicted_ms`` of all of them as long as no site will lie in a zone: who can't be home in time
    if it leaves first can't if it leaves later.
    """
    sortie, need_wh = order.sortie, order.need_wh
    if sortie is None:
        return None
    for at_ms, holds_wh in line.drones:
        if need_wh <= holds_wh:
            begins_ms = max(at_ms, order.expected_ready_ms)
            return None if begins_ms + sortie.home_ms > known.air.home_by_ms else begins_ms + sortie.deliver_ms
    return None


def lies_in_zone(sortie: SortieTimes, at_ms: int, spells: tuple[Spells, ...]) -> bool:
    """Tell whether a sortie that is loaded from a time on would be at a site while that lies in a zone."""
    return any(
        from_ms < at_ms + stay.to_ms and at_ms + stay.from_ms < over_ms
        for stay in sortie.stays
        for from_ms, over_ms in spells[stay.site]
    )


def ride_ms(order: OrderRow, riders: RidersNow | None, now_ms: int) -> int | None:
    """Predict when a rider who takes an order now would have brought it; None where none is free or it isn't ready."""
    if riders is None or not order.is_ready or not riders.free[order.takeoff_point]:
        return None
    return now_ms + riders.ride_ms[order.takeoff_point][order.airport]
