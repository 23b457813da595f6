"""Maps from the files that planners have: buildings, zones, sites and demand, read offline."""

from dronesim.exchange.maps.making import import_map
from dronesim.exchange.maps.quality import MapReport
from dronesim.exchange.maps.wishes import Wishes

__all__ = ["MapReport", "Wishes", "import_map"]
