"""The measures of a run: pure functions of its tables and facts."""

from dronesim.metrics.fleet import sortie_intervals, stays_there
from dronesim.metrics.kpis import kpis
from dronesim.metrics.occupancy import peak_held

__all__ = ["kpis", "peak_held", "sortie_intervals", "stays_there"]
