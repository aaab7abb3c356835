"""What the shop remembers."""

from .imports import ImportedRow, ImportJob
from .messages import Alert, Mail, Notification
from .orders import InventorySnapshot, Order, OrderItem, Product
from .people import CrmSync, Session, User
from .reports import Report
from .work import Work, new_reference

__all__ = (
    "Alert",
    "CrmSync",
    "ImportJob",
    "ImportedRow",
    "InventorySnapshot",
    "Mail",
    "Notification",
    "Order",
    "OrderItem",
    "Product",
    "Report",
    "Session",
    "User",
    "Work",
    "new_reference",
)
