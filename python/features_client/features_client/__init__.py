"""Training batches from a Features data service: exact order, resumable to the sample."""

try:
    from pyarrow import flight as _flight  # noqa: F401
except ImportError as fault:
    raise ImportError("features_client reads over Arrow Flight, and pyarrow with its flight module is not here: pip install 'pyarrow>=19'", name=fault.name) from fault

from .cache import DatasetInfo, FlightCacheClient
from .dataset import FlightDataset
from .errors import ColumnError, DeliveryError, FeaturesError, OrderMismatchError, RefusedError, StateError, UnavailableError
from .plan import ReadPlan
from .service import Retry, Tls
from .state import Grouping, Order, OrderState

__all__ = [
    "ColumnError",
    "DatasetInfo",
    "DeliveryError",
    "FeaturesError",
    "FlightCacheClient",
    "FlightDataset",
    "Grouping",
    "Order",
    "OrderMismatchError",
    "OrderState",
    "ReadPlan",
    "RefusedError",
    "Retry",
    "StateError",
    "Tls",
    "UnavailableError",
]
