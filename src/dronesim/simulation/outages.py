"""The outages of a day by area, of the command link or of the position service: what was drawn and what is stated."""

from __future__ import annotations

from dronesim.comms import LinkDay, Outage, united
from dronesim.record.incidents import LINK_LOSS, POSITION_OUTAGE
from dronesim.simulation.inputs import SimulationInputs
from dronesim.units import MS, to_ms


def link_outages(inputs: SimulationInputs) -> tuple[Outage, ...]:
    """Give the outages of the command link, see `_outages_of`."""
    return _outages_of(inputs, inputs.link, kind=LINK_LOSS.name)


def position_outages(inputs: SimulationInputs) -> tuple[Outage, ...]:
    """Give the outages of the position service, see `_outages_of`."""
    return _outages_of(inputs, inputs.position, kind=POSITION_OUTAGE.name)


def _outages_of(inputs: SimulationInputs, day: LinkDay, *, kind: str) -> tuple[Outage, ...]:
    """Give the outages of a day, drawn and stated, those of an area united, in order of their beginning.

    They begin and end at whole milliseconds.
    """
    stated = [
        Outage(area=int(event.value("area")), from_s=event.at_s, to_s=event.at_s + event.duration_s)
        for event in inputs.rules.events
        if event.kind == kind
    ]
    outages = [*day.outages, *stated]
    found = [
        Outage(area=area, from_s=to_ms(from_s) / MS, to_s=to_ms(to_s) / MS)
        for area in {outage.area for outage in outages}
        for from_s, to_s in united((outage.from_s, outage.to_s) for outage in outages if outage.area == area)
    ]
    return tuple(sorted(found, key=lambda outage: (outage.from_s, outage.area)))
