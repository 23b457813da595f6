"""Every duration that the rules and the drone type state, in the whole milliseconds of the event clock."""

from __future__ import annotations

from dataclasses import dataclass

from dronesim.aircraft import DroneType
from dronesim.simulation.rules import Rules
from dronesim.units import to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Durations of one scenario and, counted from midnight, when it opens, closes and has drained."""

    opens_ms: int
    closes_ms: int
    drained_ms: int
    due_after_ms: int
    at_merchant_ms: int
    boxing_ms: int
    load_ms: int
    clear_ms: int
    unload_ms: int
    box_hold_limit_ms: int
    closed_wait_ms: int
    rescan_ms: int
    swap_ms: int
    hold_allowance_ms: int
    spare_ready_ms: int
    recovery_ms: int
    epoch_every_ms: int
    assign_ahead_ms: int
    lane_headway_ms: int
    route_headway_ms: int
    check_ms: int
    transition_ms: int
    approach_ms: int

    @property
    def handling_ms(self) -> int:
        """How long a courier has an order in hand beside its walks."""
        return self.at_merchant_ms + self.boxing_ms


def times_of(rules: Rules, kind: DroneType) -> Times:
    """Round all durations of the rules, and those of a drone type's procedure, up to milliseconds."""
    return Times(
        opens_ms=to_ms(rules.horizon.start_s),
        closes_ms=to_ms(rules.horizon.end_s),
        drained_ms=to_ms(rules.horizon.end_s + rules.horizon.drain_s),
        due_after_ms=to_ms(rules.service.limit_s),
        at_merchant_ms=to_ms(rules.couriers.handling_s),
        boxing_ms=to_ms(rules.couriers.boxing_s),
        load_ms=to_ms(rules.takeoff_points.load_s),
        clear_ms=to_ms(rules.takeoff_points.clear_s),
        unload_ms=to_ms(rules.airports.unload_s),
        box_hold_limit_ms=to_ms(rules.airports.hold_limit_s),
        closed_wait_ms=to_ms(rules.airports.closed_wait_s),
        rescan_ms=to_ms(rules.customers.rescan_s),
        swap_ms=to_ms(rules.batteries.swap_s),
        hold_allowance_ms=to_ms(rules.batteries.hold_allowance_s),
        spare_ready_ms=to_ms(rules.fleet.spare_ready_s),
        recovery_ms=to_ms(rules.recovery_s),
        epoch_every_ms=to_ms(rules.dispatch.interval_s),
        assign_ahead_ms=to_ms(rules.dispatch.assign_ahead_s),
        lane_headway_ms=to_ms(rules.airspace.lane_headway_s),
        route_headway_ms=to_ms(rules.airspace.route_headway_s),
        check_ms=to_ms(kind.takeoff_check_s),
        transition_ms=to_ms(kind.transition_s),
        approach_ms=to_ms(kind.approach_s),
    )
