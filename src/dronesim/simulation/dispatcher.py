"""The cloud dispatcher: asks for decisions at each decision epoch, checks what is decided, and enforces it."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from typing import TypeAlias

from dronesim.dispatch import Assign, DispatchView, Hold, Keep, Pool, Recall, Refuse, Reposition, Ride, Swap, Wake
from dronesim.dispatch.asking import Channel
from dronesim.dispatch.decisions import Decision
from dronesim.errors import PolicyError
from dronesim.record.facts import ANYWHERE
from dronesim.record.tables import BY_POLICY
from dronesim.simulation.by_road import ByRoad
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.forecast import Forecast
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.riders import Riders
from dronesim.simulation.scene import Scene
from dronesim.simulation.shortages import Shortages
from dronesim.simulation.trips import Trips
from dronesim.simulation.waits import DRONE, PACK, POLICY, WEATHER, ZONE
from dronesim.units import clock as show
from dronesim.units import to_ms

Answer: TypeAlias = tuple[Decision, ...]
"""What is decided on one view."""
Steps: TypeAlias = Generator[DispatchView, Iterable[Decision], None]
"""Views, to each of which decisions are sent back."""


class Dispatcher:
    """Has the clock held whenever the bell of the boards rings, and holds the decision epoch.

    ``decided`` are all answers so far; the first of them are those given as ``past``, for which nobody is asked.
    ``channel`` answers what the view that was given last is asked about.
    """

    def __init__(
        self,
        inputs: SimulationInputs,
        scene: Scene,
        *,
        fleet: Fleet,
        cabinets: Cabinets,
        trips: Trips,
        past: Sequence[Answer] = (),
    ) -> None:
        self._clock = scene.clock
        self._book = scene.book
        self._ledger = scene.ledger
        self._planner = scene.planner
        self._boards = scene.boards
        self._fleet = fleet
        self._cabinets = cabinets
        self._trips = trips
        self._forecast = forecast = Forecast(inputs, scene)
        self._riders = Riders(inputs, scene)
        self._by_road = ByRoad(inputs, scene, riders=self._riders, forecast=forecast)
        self._shortages = Shortages(inputs, scene, fleet=fleet, forecast=forecast)
        self._policy_name = inputs.policy_name
        self._is_shared = inputs.rules.fleet.is_shared
        self._lands_anywhere = inputs.rules.fleet.lands_anywhere
        self._charge_to = inputs.rules.batteries.charge_to
        self._just_filled = set[int]()
        self._past = past
        self._asked = 0
        self.keeps_all = True
        self.asks_in_vain = True
        """Whether the policy is asked even while no order is ready or no drone is free."""
        self.decided: list[Answer] = []
        """All that was decided, or only the last of it where that is enough: a long day's are many."""
        self.channel = Channel()
        scene.boards.bell.listeners.append(self._begin)

    def _begin(self) -> None:
        if not self._boards.puts_off():
            self._clock.hold()

    def epoch(self) -> Steps:
        """Hold a decision epoch: give what may be known of each touched pool, and enforce what is decided."""
        boards, now_ms = self._boards, self._clock.now_ms
        self._cabinets.pass_until(now_ms)
        if self._just_filled:
            self._just_filled.clear()
        for number in boards.open_epoch():
            pool = boards.pools[number]
            asked, self._asked = self._asked, self._asked + 1
            if self.asks_in_vain or (pool.ready and pool.free) or asked < len(self._past):
                view = self._forecast.view(pool, self._riders.now(), self.channel.open(number), self._refusable(pool))
                answer = self._past[asked] if asked < len(self._past) else tuple((yield view))
                self.channel.close(now_ms)
                self._note(answer)
                self._forecast.hear(view)
                for decision in answer:
                    self._enforce(decision, pool)
            else:
                self.channel.pass_by(number, now_ms)
            for drone, _ in boards.due_now(pool):
                self._fleet.answer_about_pack(drone, is_kept=False)
            self._by_road.meet(pool)
            self._shortages.meet(pool)
            self._say_why(pool, now_ms)
        if boards.is_room_wanted:
            self._cabinets.watch_for_room()

    def _note(self, answer: Answer) -> None:
        """Keep what was decided."""
        if not self.keeps_all:
            self.decided.clear()
        self.decided.append(answer)

    def _refusable(self, pool: Pool) -> tuple[int, ...]:
        """List the waiting orders that may be refused by now."""
        if not self._trips.may_refuse:
            return ()
        return tuple(filter(self._trips.is_without_parcel, pool.waiting))

    def _say_why(self, pool: Pool, now_ms: int) -> None:
        """Note why orders that are ready are not flown; what bars their way is known already.

        Those whose cabinet is full wake their pool when it has room, whether or not the policy asked about them.
        """
        boards = self._boards
        boards.waits.decided(pool.number, has_free=bool(pool.free), at_ms=now_ms)
        if not pool.free or not pool.ready:
            return
        self._forecast.want_room(pool.ready)
        left = [order for order in pool.ready if boards.is_open(boards.orders.airport[order])]
        can_any, free = self._forecast.can_any, self._forecast.asked(pool.free, self._forecast.known())
        reasons = [POLICY if can_any(order, free) else self._lack(order, pool) for order in left]
        boards.waits.say(left, reasons, now_ms)

    def _lack(self, order: int, pool: Pool) -> int:
        """Tell what an order lacks that no free drone can fly: time before a storm or zone, charge, a drone."""
        if self._forecast.stops_too_soon(order):
            return WEATHER
        if self._forecast.closes_too_soon(order):
            return ZONE
        place, here = self._boards.drones.place, self._boards.orders.takeoff_point[order]
        return PACK if any(place[drone] == here for drone in pool.free) else DRONE

    def _enforce(self, decision: Decision, pool: Pool) -> None:
        if isinstance(decision, Assign):
            self._assign(decision, pool)
        elif isinstance(decision, Hold):
            self._hold(decision, pool)
        elif isinstance(decision, Reposition):
            self._reposition(decision, pool)
        elif isinstance(decision, Ride):
            self._ride(decision, pool)
        elif isinstance(decision, Wake):
            self._wake(decision, pool)
        elif isinstance(decision, Recall):
            self._recall(decision, pool)
        elif isinstance(decision, Swap):
            self._swap(decision, pool)
        elif isinstance(decision, Keep):
            self._keep(decision, pool)
        elif isinstance(decision, Refuse):
            self._refuse(decision, pool)
        else:
            raise PolicyError(f"policy {self._policy_name}: {decision!r} is not a decision")

    def _assign(self, decision: Assign, pool: Pool) -> None:
        """Enforce an assignment; if an earlier one of this epoch took the last box, the order waits on."""
        order, drone, boards = decision.order, decision.drone, self._boards
        self._require_waiting(order, pool, decision)
        self._require_free(drone, pool, decision)
        home, other = decision.home, decision.airport
        airport = self._book.airport[order] if other is None else other
        if home is not None:
            self._require_home(decision, home)
        if airport != self._book.airport[order]:
            self._require_near(decision, airport)
        if self._forecast.delivery_ms(order, drone, home=home, airport=other) is None:
            if airport in self._just_filled:
                return
            self._require(False, decision, self._forecast.why_infeasible(order, home=home, at=other))
        if airport != self._book.airport[order]:
            self._fleet.send_to(order, airport)
        boards.remove_order(order)
        boards.drone_taken(drone, pool)
        self._book.assigned_ms[order] = self._clock.now_ms
        self._book.drone[order] = drone
        self._cabinets.reserve(order, airport)
        if not boards.has_room(airport):
            self._just_filled.add(airport)
        self._ledger.homes.pop(order, None)
        if home is not None and self._lands_anywhere:
            self._ledger.homes[order] = home
        self._fleet.take(drone, order, home=home)

    def _require_near(self, decision: Assign, airport: int) -> None:
        rule = "the order may not be served there: not within dispatch.extra_walk_m of its customer's airport"
        near = [number for number, _, _ in self._boards.rows[decision.order].near]
        self._require(airport in near, decision, f"{rule}, or no way leads there")
        is_own = decision.home in (None, self._book.takeoff_point[decision.order])
        self._require(is_own, decision, "another airport and another home don't go together")

    def _require_home(self, decision: Assign, home: int) -> None:
        self._require(0 <= home < len(self._boards.waiting_at), decision, "no such take-off point")
        is_own = home == self._book.takeoff_point[decision.order]
        rule = f'drones land where they took off (fleet.ends = "{ANYWHERE}" lets them land elsewhere)'
        self._require(is_own or self._lands_anywhere, decision, rule)

    def _hold(self, decision: Hold, pool: Pool) -> None:
        self._require_waiting(decision.order, pool, decision)
        until_ms = to_ms(decision.until_s)
        self._require(until_ms > self._clock.now_ms, decision, "until_s must lie ahead")
        self._boards.hold_order(decision.order, until_ms)
        self._boards.waits.say([decision.order], [POLICY], self._clock.now_ms)

    def _reposition(self, decision: Reposition, pool: Pool) -> None:
        drone, target = decision.drone, decision.takeoff_point
        self._require_free(drone, pool, decision)
        self._require(self._is_shared, decision, "drones are tied to their take-off point (fleet.is_shared)")
        self._require(0 <= target < len(self._boards.waiting_at), decision, "no such take-off point")
        place = self._boards.drones.place[drone]
        self._require(place != target, decision, "the drone is there already")
        leg = self._planner.leg(place, target)
        enough = leg is not None and leg.empty_wh <= self._forecast.available_wh(drone, self._forecast.known())
        self._require(enough, decision, "the drone can't reach it")
        too_late = self._forecast.lands_too_late(place, target)
        self._require(not too_late, decision, "flying is forecast to stop before it would be there (view.home_by_s)")
        self._boards.drone_taken(drone, pool)
        self._fleet.move(drone, target)

    def _ride(self, decision: Ride, pool: Pool) -> None:
        self._require_waiting(decision.order, pool, decision)
        if not self._boards.orders.is_ready[decision.order]:
            are_there = self._riders.work_at(self._book.takeoff_point[decision.order])
            self._require(are_there, decision, "it is not ready, and no rider works at its take-off point")
            self._hand_over(decision.order, pool)
            return
        can_go = self._riders.arrival_ms(decision.order) is not None
        self._require(can_go, decision, "no rider is free at its take-off point")
        self._riders.send(decision.order)

    def _hand_over(self, order: int, pool: Pool) -> None:
        """Let only riders bring an order; of one that no courier has yet, from the merchant, without a courier."""
        self._boards.hand_to_riders(order)
        if self._trips.is_without_parcel(order):
            self._trips.do_without(order)
            self._boards.fetch_from_ms[order] = from_ms = self._riders.fetch_from_ms(order)
            if from_ms > self._clock.now_ms:
                self._boards.wake(pool, from_ms)

    def _refuse(self, decision: Refuse, pool: Pool) -> None:
        """Enforce a refusal; nothing of the order goes on but its kitchen."""
        order = decision.order
        self._require(self._trips.may_refuse, decision, "the scenario lets policies refuse none (dispatch.may_refuse)")
        self._require_waiting(order, pool, decision)
        self._require(self._trips.is_without_parcel(order), decision, "its courier has the parcel")
        self._boards.remove_order(order)
        self._book.end(order, "refused", self._clock.now_ms, BY_POLICY)
        self._trips.do_without(order)

    def _wake(self, decision: Wake, pool: Pool) -> None:
        is_time = math.isfinite(decision.at_s) and to_ms(decision.at_s) > self._clock.now_ms
        self._require(is_time, decision, "at_s must lie ahead")
        self._boards.wake(pool, to_ms(decision.at_s))

    def _recall(self, decision: Recall, pool: Pool) -> None:
        """Enforce a recall; who was assigned in this instant stays, so that an instant has an end."""
        is_so = any(order == decision.order for order, _ in self._boards.recallable(pool))
        self._require(is_so, decision, "no drone had this order of this pool before now, or it is being loaded")
        self._fleet.recall(decision.order)

    def _swap(self, decision: Swap, pool: Pool) -> None:
        """Enforce a turnaround that is not due; a full pack stays, so that an instant has an end."""
        drone, board = decision.drone, self._boards.drones
        self._require_free(drone, pool, decision)
        stands = board.place[drone] < len(self._boards.waiting_at)
        self._require(stands, decision, "it stands at an airport, where no pack is swapped or charged")
        self._require(board.charge[drone] < self._charge_to, decision, "its pack is charged (batteries.charge_to)")
        self._boards.drone_taken(drone, pool)
        self._fleet.turn_around_early(drone)

    def _keep(self, decision: Keep, pool: Pool) -> None:
        due = dict(self._boards.due_now(pool))
        rule = "no pack of this drone is due to be swapped or charged in this instant (dispatch.may_keep_packs)"
        self._require(decision.drone in due, decision, rule)
        self._fleet.answer_about_pack(decision.drone, is_kept=True)

    def _require_waiting(self, order: int, pool: Pool, decision: Decision) -> None:
        self._require(order in pool.waiting, decision, "the order is not waiting in this pool")

    def _require_free(self, drone: int, pool: Pool, decision: Decision) -> None:
        self._require(drone in pool.free, decision, "the drone is not free in this pool")

    def _require(self, holds: bool, decision: Decision, rule: str) -> None:
        if not holds:
            when = show(self._clock.now_ms / 1000)
            raise PolicyError(f"policy {self._policy_name} at {when}: illegal decision {decision}: {rule}")
