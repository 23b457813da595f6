"""Maps and order files from outside: a generator of synthetic districts and importers of real days."""

from dronesim.exchange.district import generate_district
from dronesim.exchange.import_report import ImportReport
from dronesim.exchange.mdrplib import import_mdrplib, policy_free_mean_min
from dronesim.exchange.orders import OrdersReport, import_orders
from dronesim.exchange.rappi import import_rappi
from dronesim.exchange.writing import write_map

__all__ = [
    "ImportReport",
    "OrdersReport",
    "generate_district",
    "import_mdrplib",
    "import_orders",
    "import_rappi",
    "policy_free_mean_min",
    "write_map",
]
