"""Winds and weather as they come: what is told of them, and what is done about what is booked."""

from __future__ import annotations

import math

from dronesim.dispatch import FOR_GOOD_MS
from dronesim.record.incidents import MAY_FLY, STOPS, WEATHER
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene
from dronesim.simulation.trouble import Remedies, flying_stops, wind_changes
from dronesim.units import to_ms
from dronesim.weather import GO_ON, NoGo


class Storms:
    """Watches the sky of a day."""

    def __init__(self, inputs: SimulationInputs, scene: Scene, remedies: Remedies) -> None:
        rules, sky = inputs.rules.weather, inputs.sky()
        self._scene = scene
        self._remedies = remedies
        self._counts_all = sky.counts_all
        self._aloft = GO_ON if rules is None else rules.aloft
        self._begins_ms = {to_ms(from_s) for from_s, _ in inputs.winds[1:]} | set(map(to_ms, sky.changes_s()))
        self._might_fly = True
        self._was_stop: NoGo | None = None

    def open(self) -> None:
        """Begin the day, perhaps in weather in which no drone may fly."""
        stop = self._scene.planner.air.stop
        if stop is not None:
            self._scene.ledger.incident(self._scene.clock.now_ms, WEATHER.name, STOPS.format(why=stop.why))
            self._scene.boards.waits.bar(self._scene.clock.now_ms, self._scene.plans.bars)
            self._stop(stop)

    def is_change(self, now_ms: int) -> bool:
        """Tell whether the wind or the weather changes now."""
        return now_ms in self._begins_ms

    def remember(self) -> None:
        """Note whether drones might fly, before the wind or the weather changes."""
        self._might_fly, self._was_stop = self._scene.planner.may_fly, self._scene.planner.air.stop

    def meet(self) -> None:
        """Edit what is booked, since the wind or the weather has changed."""
        if not self._counts_all:
            wind_changes(self._remedies, might_fly=self._might_fly)
            return
        stop, was = self._scene.planner.air.stop, self._was_stop
        if was is not None and stop != was:
            self._scene.boards.stop_flying(0)
            if stop is None:
                self._scene.ledger.incident(self._scene.clock.now_ms, WEATHER.name, MAY_FLY)
        if stop is not None and stop != was:
            self._stop(stop)
            flying_stops(self._remedies, why=stop.why, aloft=self._aloft)
        wind_changes(self._remedies, cause=WEATHER.name)

    def _stop(self, stop: NoGo) -> None:
        self._scene.boards.stop_flying(FOR_GOOD_MS if stop.to_s == math.inf else to_ms(stop.to_s))
