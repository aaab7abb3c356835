"""What the tasks need done: payments, stock, reports, mail, customer records, files."""

from .crm import CustomerRecords
from .imports import BadImportError, read_rows
from .inventory import InventoryService, OutOfStockError
from .payments import PaymentDeclinedError, PaymentGateway
from .reports import ReportGenerator

__all__ = (
    "BadImportError",
    "CustomerRecords",
    "InventoryService",
    "OutOfStockError",
    "PaymentDeclinedError",
    "PaymentGateway",
    "ReportGenerator",
    "read_rows",
)
