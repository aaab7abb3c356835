"""What the pages accept on behalf of people, in the variant that ``SHOP_VARIANT`` names.

Both variants have the same five functions: register, sync_profile, place_order, request_report
and start_import.
"""

from django.conf import settings

if settings.SHOP_VARIANT == "as_written":
    from .as_written import place_order, register, request_report, start_import, sync_profile
else:
    from .hardened import place_order, register, request_report, start_import, sync_profile

__all__ = ("place_order", "register", "request_report", "start_import", "sync_profile")
