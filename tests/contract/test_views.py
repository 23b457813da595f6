"""What a policy gets to see: snapshots from which no way leads into the engine, of its pool, and of no future."""

from __future__ import annotations

import copy
import functools
import re
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np
import pytest

from dronesim.comms import EVERYWHERE, LinkDay, Outage
from dronesim.demand import ExpectedDemand
from dronesim.dispatch import POLICIES, Decisions, DispatchView, matrix
from dronesim.dispatch.decisions import NOTHING
from dronesim.dispatch.matrix import one_by_one
from dronesim.errors import PolicyError
from dronesim.simulation import ScriptedEvent, SimulationInputs, SiteClosure, simulate
from dronesim.simulation.inputs import HandlingColumns
from dronesim.simulation.rules import RiderRules
from lab import lab_inputs
from skies import rows, under

STRANGERS: Final = (-1, 10**6, 10**30, 0.5, float("nan"))


def busy(*, is_shared: bool = True, **more: Any) -> SimulationInputs:
    """A small day on which orders wait, cabinets are full and riders ride, at two take-off points."""
    rng = np.random.default_rng(4)
    rules: dict[str, Any] = {
        "fleet": {"drones": (3, 2), "is_shared": is_shared},
        "airports": {"boxes": (2, 28)},
        "dispatch": {"interval_s": more.pop("interval_s", 0.0)},
    }
    orders = {
        "takeoff_point": rng.integers(0, 2, 40),
        "airport": rng.integers(0, 2, 40),
        "preparation_s": rng.uniform(100.0, 900.0, 40),
        "patience_s": rng.uniform(1500.0, 9000.0, 40),
        "collection_s": rng.uniform(60.0, 1200.0, 40),
        "mass_kg": rng.uniform(0.5, 2.0, 40),
    }
    placed_s = np.sort(rng.uniform(36000.0, 39000.0, 40))
    inputs = lab_inputs(placed_s, homes_xy=((0.0, 0.0), (600.0, 0.0)), rules=rules, orders=orders)
    riders = RiderRules(count=(1, 1), road_mps=4.0, pickup_s=120.0, dropoff_s=120.0)
    return replace(inputs, rules=replace(inputs.rules, riders=riders), **more)


def each_view(inputs: SimulationInputs, look: Callable[[DispatchView], None], policy: str = "nearest") -> None:
    """Run a day and look at every view, before the policy decides."""

    def looking(view: DispatchView) -> Decisions:
        look(view)
        return POLICIES[policy](view)

    simulate(replace(inputs, policy=looking))


ASKED: Final = (
    *("orders", "drones", "takeoff_points", "airports", "weather", "weather_forecast"),
    *("trouble", "shifts", "outcomes", "demand", "positions"),
)
"""Members of a view that are columns."""


def seen(view: DispatchView) -> tuple[Any, ...]:
    """Everything that a view tells, as values to compare; NaN as text, which is equal to itself."""
    columns = [
        repr(value.tolist() if isinstance(value, np.ndarray) else value)
        for part in (getattr(view, name) for name in ASKED)
        for value in (getattr(part, each.name) for each in fields(part))
    ]
    return (
        view.now_s,
        (view.may_fly_until_s, view.home_by_s),
        view.waiting,
        view.ready,
        view.free_drones,
        (view.recallable, view.refusable, view.due_drones),
        columns,
        view.delivery_s.tolist(),
        [view.due_s(order) for order in view.waiting],
        [view.ride_by(order) for order in view.waiting],
        [view.first_drone(order) for order in view.waiting],
        [view.free_riders(place) for place in (0, 1)],
        [view.near_airports(order) for order in view.waiting],
        [view.sortie_s(order) for order in view.waiting],
        [view.sorties_left(order).tolist() for order in view.waiting[:2]],
        [view.home_by(order, drone).tolist() for order in view.waiting[:2] for drone in view.free_drones[:2]],
        [view.empty_leg_s.tolist(), view.empty_leg_wh.tolist(), view.ways_home_s.tolist()],
        (view.is_shared, view.holds_wh.tolist()),
        view.rng.bit_generator.state["state"]["key"].tolist(),
    )


def test_all_that_a_view_has_is_seen() -> None:
    """A new member has to be looked at by the tests below."""
    told = {name for kind in DispatchView.__mro__ for name in vars(kind) if not name.startswith("_")}
    calls = {"due_s", "delivery_by", "delivery_matrix", "ride_by", "first_drone", "free_riders"}
    calls |= {"sortie_s", "sorties_left", "home_by", "near_airports"}
    plain = {"now_s", "may_fly_until_s", "waiting", "delivery_s", "empty_leg_s", "empty_leg_wh", "ways_home_s", "rng"}
    plain |= {"is_shared", "holds_wh", "home_by_s"}
    assert told == {*ASKED, *calls, *plain}


# nothing of the engine hangs on a view


def referred(thing: Any) -> Iterator[Any]:
    """All that a policy reaches from a thing: attributes, members, closures, globals, owners of methods, bases."""
    if isinstance(thing, dict):
        yield from thing.values()
        yield from thing
    elif isinstance(thing, (list, tuple, set, frozenset)):
        yield from thing
    elif isinstance(thing, types.FunctionType):
        yield from (thing.__globals__, thing.__defaults__, thing.__kwdefaults__)
        yield from (cell.cell_contents for cell in thing.__closure__ or ())
    elif isinstance(thing, types.MethodType):
        yield from (thing.__self__, thing.__func__)
    elif isinstance(thing, functools.partial):
        yield from (thing.func, thing.args, thing.keywords)
    elif isinstance(thing, property):
        yield from (thing.fget, thing.fset)
    elif isinstance(thing, np.ndarray):
        yield thing.base
    elif isinstance(thing, type):
        yield from vars(thing).values()
        yield from thing.__mro__
    yield from vars(thing).values() if hasattr(thing, "__dict__") and not isinstance(thing, type) else ()
    slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
    yield from (getattr(thing, name) for name in slots if isinstance(name, str) and hasattr(thing, name))
    yield type(thing)


def reached(start: Any) -> Iterator[Any]:
    """Walk the whole graph of objects from one on, as far as it is not Python's own or another package's."""
    found, todo, kept = {id(start)}, [start], [start]
    while todo:
        for each in referred(todo.pop()):
            if id(each) in found or is_foreign(each):
                continue
            found.add(id(each))
            kept.append(each)
            todo.append(each)
            yield each


def is_foreign(thing: Any) -> bool:
    """Whether a thing is a plain value, or a module, class or function of others, which are no one's state."""
    if thing is None or isinstance(thing, (bool, int, float, complex, str, bytes, np.generic)):
        return True
    if isinstance(thing, (types.BuiltinFunctionType, types.MethodWrapperType, types.WrapperDescriptorType)):
        return True
    if isinstance(thing, types.FunctionType) and thing.__closure__:
        return False
    if isinstance(thing, (types.ModuleType, type, types.FunctionType)):
        name = thing.__name__ if isinstance(thing, types.ModuleType) else str(thing.__module__)
        return not name.startswith("dronesim")
    return False


def of_the_engine(thing: Any) -> bool:
    kind = type(thing)
    return kind.__module__.startswith("dronesim.simulation") or kind.__name__ in ("Pool", "DroneBoard", "OrderBoard")


@pytest.mark.parametrize("is_shared", [False, True])
def test_nothing_of_the_engine_hangs_on_a_view(is_shared: bool) -> None:
    """Not by attributes, closures, globals, owners of methods or bases of arrays, after everything was asked for."""
    met: list[str] = []
    views: list[DispatchView] = []

    def look(view: DispatchView) -> None:
        seen(view)
        views.append(view)

    each_view(busy(is_shared=is_shared), look)
    for view in views[3::30]:
        met += [f"{type(each)}" for each in reached(view) if of_the_engine(each)]
    assert len(views) > 60
    assert met == []


def test_the_walk_finds_what_hangs_on_a_view() -> None:
    """By a closure, a bound method and an array's base: else the test above would prove nothing."""

    class Book:
        __module__ = "dronesim.simulation.book"

        def ask(self) -> None: ...

    book = Book()
    ways: list[Any] = [types.SimpleNamespace(x=book.ask), [lambda: book], {1: {2: book}}, functools.partial(book.ask)]
    for way in ways:
        assert any(of_the_engine(each) for each in reached(way)), way


def test_arrays_of_a_view_stay_read_only() -> None:
    """They lie over bytes, so that nobody can make one writeable, nor one below it."""
    views: list[DispatchView] = []

    def look(view: DispatchView) -> None:
        if view.waiting and view.free_drones:
            seen(view)
            view.sorties_left(view.waiting[0])
            views.append(view)

    each_view(busy(), look)
    view = views[10]
    seen(view)
    parts = [getattr(part, each.name) for part in (getattr(view, name) for name in ASKED) for each in fields(part)]
    tables = [view.delivery_s, view.delivery_matrix(view.waiting, view.free_drones), view.empty_leg_s, view.ways_home_s]
    tables.append(view.holds_wh)
    tables += [view.sorties_left(view.waiting[0]), view.home_by(view.waiting[0], view.free_drones[0])]
    for array in (*tables, *(part for part in parts if isinstance(part, np.ndarray))):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        base: Any = array
        while isinstance(base, np.ndarray):
            with pytest.raises(ValueError, match="WRITEABLE"):
                base.flags.writeable = True
            base = base.base
        assert isinstance(base, bytes)


def test_what_is_done_to_a_view_stays_without_effect() -> None:
    """A policy that spoils all its views gets the same day, and an old view stays as it was."""

    def spoiling(view: DispatchView) -> Decisions:
        decided, before = POLICIES["nearest"](view), seen(view)
        kept.append((view, before))
        for name in ("now_ms", "ready", "free_drones"):
            setattr(view, name, getattr(view, name))
        return decided

    kept: list[tuple[DispatchView, tuple[Any, ...]]] = []
    plain, spoilt = simulate(busy()), simulate(replace(busy(), policy=spoiling))
    for name, table in plain.tables.items():
        for column, values in table.items():
            assert repr(values.tolist()) == repr(spoilt.tables[name][column].tolist())
    assert all(seen(view) == before for view, before in kept)


# numbers of others


def asks(view: DispatchView, order: Any, drone: Any) -> Iterator[Callable[[], Any]]:
    """Every public call with an order or drone that may be foreign."""
    known_order, known_drone = [*view.waiting, order][0], [*view.free_drones, drone][0]
    yield from (
        lambda: view.due_s(order),
        lambda: view.delivery_by(order, known_drone),
        lambda: view.delivery_by(known_order, drone),
        lambda: view.ride_by(order),
        lambda: view.first_drone(order),
        lambda: view.first_drone(known_order, [drone]),
        lambda: view.delivery_matrix([order], [known_drone]),
        lambda: view.delivery_matrix([known_order], [drone]),
        lambda: view.free_riders(drone),
        lambda: view.sortie_s(order),
        lambda: view.near_airports(order),
        lambda: view.sorties_left(order),
        lambda: view.home_by(order, known_drone),
        lambda: view.home_by(known_order, drone),
    )


def test_only_what_is_in_the_pool_answers() -> None:
    """Orders that are assigned, of another pool, or placed by nobody yet get one error that tells no count."""
    texts: set[str] = set()

    def look(view: DispatchView) -> None:
        if not (view.ready and view.free_drones) or len(texts) > 3:
            return
        strangers = [number for number in range(45) if number not in view.waiting]
        for order in (*strangers, *STRANGERS):
            for ask in asks(view, order, 77 if order in STRANGERS else view.free_drones[0]):
                if order in strangers and ask.__code__.co_freevars == ("drone", "known_order", "view"):
                    continue
                try:
                    ask()
                except PolicyError as error:
                    texts.add(re.sub(r"(about [a-z -]+) \S+,", r"\1 N,", str(error).split("asked")[1]))

    each_view(busy(is_shared=False), look)
    assert texts == {
        f" about {what}, and no such {of} this pool"
        for what, of in (("order N", "order waits in"), ("drone N", "drone is of"))
    } | {" about take-off point N, and no such take-off point is of this pool"}


@pytest.mark.parametrize("number", [-1, 0.5, 39, 77])
def test_every_call_with_a_foreign_number_is_refused_alike(number: Any) -> None:
    """The last order of the day, before it is placed, is as foreign as one that never will be."""
    refused: list[type[BaseException]] = []

    def look(view: DispatchView) -> None:
        if refused or not (view.ready and view.free_drones):
            return
        for ask in asks(view, number, number):
            with pytest.raises(PolicyError, match=r"asked about .* and no such .* this pool"):
                ask()
            refused.append(PolicyError)

    each_view(busy(), look)
    assert len(refused) == 14


# the future


def permuted(inputs: SimulationInputs, at_s: float, rng: np.random.Generator) -> SimulationInputs:
    """The same day up to a time, and after it other kitchens, customers, orders, faults and closures."""
    orders = inputs.orders
    outcome = simulate(inputs).tables["orders"]
    later = orders.placed_s > at_s
    unready = ~(outcome["ready_s"] <= at_s)
    uncollected = ~(outcome["collected_s"] <= at_s)
    first, mixed = int(later.argmax()), rng.permutation(np.flatnonzero(later))
    columns = {name: np.array(getattr(orders, name)) for name in ("takeoff_point", "airport", "mass_kg", "walk_m")}
    for column in columns.values():
        column[first:] = column[mixed]
    placed_s = orders.placed_s.copy()
    placed_s[first:] = np.sort(at_s + rng.uniform(1.0, 2000.0, len(mixed)))
    behind_s = np.where(unready, rng.uniform(0.0, 900.0, len(later)), 0.0)
    patience_s = np.where(
        placed_s + orders.patience_s > at_s,
        np.maximum(at_s - placed_s, 0.0) + rng.uniform(600.0, 9000.0, len(later)),
        orders.patience_s,
    )
    collection_s = np.where(uncollected, orders.collection_s + rng.uniform(0.0, 900.0, len(later)), orders.collection_s)
    hand = handled(inputs, unready, ~(outcome["arrived_s"] <= at_s), ~(outcome["landed_s"] <= at_s), rng)
    other = replace(
        orders,
        placed_s=placed_s,
        preparation_s=orders.preparation_s + behind_s,
        patience_s=patience_s,
        collection_s=collection_s,
        bad_scan=np.where(uncollected, rng.integers(0, 2, len(later)), orders.bad_scan),
        **columns,
    )
    closed = ScriptedEvent(kind="airport_closed", at_s=at_s + 1.0, duration_s=900.0, airport=1)
    failed = ScriptedEvent(kind="drone_fails", at_s=at_s + 2.0, drone=1)
    out = ScriptedEvent(kind="unloader_fails", at_s=at_s + 3.0, duration_s=float(rng.uniform(60.0, 900.0)), airport=0)
    link = LinkDay(outages=(Outage(area=EVERYWHERE, from_s=at_s + rng.uniform(1.0, 200.0), to_s=at_s + 900.0),))
    stormy = [row for row in inputs.weather if row.from_s <= at_s]
    stormy += [replace(stormy[-1], from_s=at_s + 60.0, temperature_c=float(rng.uniform(-5.0, 20.0)), gust_mps=12.0)]
    rules = replace(inputs.rules, events=(*inputs.rules.events, closed, failed, out))
    return replace(inputs, orders=other, rules=rules, link=link, weather=tuple(stormy), **hand)


def handled(
    inputs: SimulationInputs, unready: Any, unarrived: Any, aloft: Any, rng: np.random.Generator
) -> dict[str, Any]:
    """Other times in hand, of orders that are not ready yet or have not landed, and other missed landings.

    Who has arrived is seen to land or to go around.
    """
    load_s, unload_s, misses = (
        np.array(inputs.handling.load_s),
        np.array(inputs.handling.unload_s),
        inputs.misses.copy(),
    )
    load_s[unready] = rng.uniform(30.0, 90.0, int(unready.sum()))
    unload_s[aloft] = rng.uniform(30.0, 90.0, int(aloft.sum()))
    misses[unarrived] = rng.integers(0, 2, int(unarrived.sum()))
    return {"handling": HandlingColumns(load_s=load_s, unload_s=unload_s), "misses": misses}


def troubled(**more: Any) -> SimulationInputs:
    """A busy day with weather and its forecast, shifts, expected demand, trouble so far, and handling that scatters."""
    day = busy(interval_s=30.0)
    rng = np.random.default_rng(7)
    count = len(day.orders)
    shifts = {"courier": {"T0": ((0.0, 3), (37500.0, 4))}, "drone": {"T1": ((0.0, 1), (36600.0, 2), (39000.0, 1))}}
    events = (
        ScriptedEvent(kind="airport_closed", at_s=36300.0, duration_s=200.0, airport=0),
        ScriptedEvent(kind="cabinet_jammed", at_s=37000.0, duration_s=200.0, airport=1),
        ScriptedEvent(kind="courier_no_show", at_s=36400.0, duration_s=600.0, takeoff_point=0),
    )
    weather = rows((5, {"temperature_c": 5.0}), (30, {"temperature_c": 12.0, "gust_mps": 6.0}))
    day = under(weather, day, forecast=rows((5, {}), (40, {"gust_mps": 8.0})), forecast_error=0.0)
    return replace(
        day,
        rules=replace(day.rules, shifts=shifts, events=events),
        handling=HandlingColumns(load_s=rng.uniform(30.0, 60.0, count), unload_s=rng.uniform(30.0, 60.0, count)),
        misses=rng.integers(0, 2, count),
        expected=ExpectedDemand(from_s=(36000.0, 39600.0), orders=np.array([[3.0, 1.0], [2.0, 0.5]])),
        **more,
    )


@pytest.mark.parametrize("policy", ["nearest", "matching"])
@pytest.mark.parametrize("at_s", [36900.0, 38100.0])
def test_no_view_tells_a_draw_before_it_is_revealed(policy: str, at_s: float) -> None:
    """All views up to a time are equal, whatever is drawn for what comes after it; and later ones are not."""
    rng = np.random.default_rng(int(at_s))
    inputs = replace(troubled(), policy=POLICIES[policy])
    told: list[list[Any]] = []
    soon_s = at_s + 600.0
    for day in (inputs, *(permuted(inputs, at_s, rng) for _ in range(2))):
        views: list[Any] = []
        each_view(day, lambda view, views=views: views.append(seen(view)) if view.now_s <= soon_s else None, policy)
        told.append(views)
    before = [[view for view in views if view[0] <= at_s] for views in told]
    assert len(before[0]) > 20
    assert before[0] == before[1] == before[2]
    assert told[0] != told[1]


# predictions


def views_of(inputs: SimulationInputs) -> Iterable[DispatchView]:
    views: list[DispatchView] = []
    each_view(inputs, views.append)
    return views


@pytest.mark.parametrize("at_once", [1, 20, matrix.AT_ONCE])
def test_the_table_of_predictions_is_what_each_pair_is_told(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """With zones, full cabinets, empty legs and drones that are busy: at once, some at once, and one by one."""
    monkeypatch.setattr(matrix, "AT_ONCE", at_once)
    zone = SiteClosure(site=2, from_s=37500.0, to_s=38000.0)
    pairs = 0
    for view in views_of(busy(closures=(zone,))):
        each = [[view.delivery_by(order, drone) for drone in view.drones.drone.tolist()] for order in view.waiting]
        assert view.delivery_s.tolist() == each
        numbers = [*view.waiting] * 9, view.drones.drone.tolist()
        assert view.delivery_matrix(*numbers).tolist() == each * 9
        assert one_by_one(view._orders, view._drones, view._known).tolist() == each
        pairs += view.delivery_s.size
    assert pairs > 500


def test_columns_are_the_same_whether_the_boards_have_packed_the_rows_or_the_view_does() -> None:
    """Asked for in the epoch, and, of a view that is as old, after it; a pool may have neither orders nor drones."""
    seen, kept = list[Any](), list[DispatchView]()
    each_view(busy(), lambda view: (kept.append(copy.copy(view)), seen.append((view.orders, view.drones))))
    assert len(seen) > 50
    for (orders, drones), view in zip(seen, kept, strict=True):
        assert [row.order for row in view._orders] == orders.order.tolist()
        for told, later in ((orders, view.orders), (drones, view.drones)):
            for name in told.__slots__:
                assert getattr(told, name).tobytes() == getattr(later, name).tobytes(), name
        assert orders.order[orders.is_assignable].tolist() == list(view.ready)


def test_drones_are_free_when_they_were_expected_to_be() -> None:
    """Nothing is left out: the sortie after an empty leg or a parcel that isn't there, the swap after a move."""
    held: dict[int, list[tuple[float, float]]] = {}
    freed: dict[int, list[float]] = {}

    def look(view: DispatchView) -> None:
        for drone, at_s, is_free in zip(
            view.drones.drone.tolist(), view.drones.expected_free_s.tolist(), view.drones.is_free, strict=True
        ):
            assert at_s >= view.now_s
            if is_free:
                assert at_s == view.now_s
                freed.setdefault(drone, []).append(at_s)
            else:
                held.setdefault(drone, []).append((view.now_s, at_s))

    def early(view: DispatchView) -> Decisions:
        look(view)
        decisions, free = Decisions(), list(view.free_drones)
        for order in view.waiting:
            able = [drone for drone in free if np.isfinite(view.delivery_by(order, drone))]
            if able:
                decisions.assign(order, able[-1])
                free.remove(able[-1])
        if free and not view.waiting and view.now_s < 37200.0:
            place = view.drones.place[view.drones.drone.tolist().index(free[0])]
            decisions.reposition(free[0], takeoff_point=1 - int(place))
        return decisions

    quiet = lab_inputs(
        np.arange(36000.0, 40000.0, 400.0),
        homes_xy=((0.0, 0.0), (600.0, 0.0)),
        rules={"fleet": {"drones": (2, 1), "is_shared": True}, "dispatch": {"interval_s": 20.0}},
        orders={"takeoff_point": np.arange(10) % 2},
    )
    simulate(replace(quiet, policy=early))
    misses = [
        next(at_s for at_s in freed[drone] if at_s > now_s) - expected_s
        for drone, told in held.items()
        for now_s, expected_s in told
        if any(at_s > now_s for at_s in freed[drone])
    ]
    assert len(misses) > 100
    assert min(misses) >= 0.0
    assert max(misses) <= 20.0, "the next epoch after it"


def test_a_batch_policy_is_asked_when_nothing_has_happened() -> None:
    asked: list[float] = []
    each_view(replace(busy(interval_s=60.0)), lambda view: asked.append(view.now_s))
    assert {36000.0 + 60.0 * step for step in range(600)} <= set(asked)


def test_nothing_stays_nothing() -> None:
    for decide in (
        lambda: NOTHING.assign(0, 0),
        lambda: NOTHING.hold(0, until_s=1.0),
        lambda: NOTHING.reposition(0, takeoff_point=1),
        lambda: NOTHING.ride(0),
    ):
        with pytest.raises(PolicyError, match="begin with Decisions"):
            decide()
    assert len(NOTHING) == 0 == len(list(NOTHING))
    assert not hasattr(NOTHING, "_decisions")
