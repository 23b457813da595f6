"""Demand: the orders of a day, drawn from a model or read from a trace."""

from dronesim.demand.draw import draw_orders
from dronesim.demand.expected import ExpectedDemand, hourly_demand, with_error
from dronesim.demand.facts import demand_facts
from dronesim.demand.orders import OrderColumns
from dronesim.demand.specs import DemandSpec, Trace
from dronesim.record.facts import DemandFacts

__all__ = [
    "DemandFacts",
    "DemandSpec",
    "ExpectedDemand",
    "OrderColumns",
    "Trace",
    "demand_facts",
    "draw_orders",
    "hourly_demand",
    "with_error",
]
