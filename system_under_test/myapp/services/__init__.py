"""What the tasks need done: payments, stock, reports, mail, customer records, files."""

from .crm import CustomerRecords
from .imports import BadImport, read_rows
from .inventory import InventoryService, OutOfStock
from .payments import PaymentDeclined, PaymentGateway
from .reports import ReportGenerator

__all__ = (
    "BadImport",
    "CustomerRecords",
    "InventoryService",
    "OutOfStock",
    "PaymentDeclined",
    "PaymentGateway",
    "ReportGenerator",
    "read_rows",
)
