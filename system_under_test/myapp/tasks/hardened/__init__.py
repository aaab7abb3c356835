"""The tasks as one would run them: each may run twice, be killed anywhere, or be lost.

Whatever they owe is a row (``myapp.models.work``) before it is a message, and every step that
must happen once is decided by one conditional UPDATE or by a key the other side remembers.
"""

from .crm import sync_to_external_service
from .imports import handle_import_failure, import_data
from .mail import send_digest_email, send_weekly_digest, send_welcome_email
from .messages import send_alert, send_notification
from .orders import process_order
from .periodic import check_pending_orders, cleanup_expired_sessions, sync_inventory
from .reconcile import reconcile
from .reports import generate_report

__all__ = (
    "check_pending_orders",
    "cleanup_expired_sessions",
    "generate_report",
    "handle_import_failure",
    "import_data",
    "process_order",
    "reconcile",
    "send_alert",
    "send_digest_email",
    "send_notification",
    "send_weekly_digest",
    "send_welcome_email",
    "sync_inventory",
    "sync_to_external_service",
)
