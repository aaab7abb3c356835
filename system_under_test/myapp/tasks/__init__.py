"""The shop's tasks, in the variant that ``SHOP_VARIANT`` names; both go by the same task names.

``as_written`` behaves as a well known tutorial's code does, mistakes included. ``hardened`` is
what one would put in production. Only one of them is ever imported in a process.
"""

from django.conf import settings

if settings.SHOP_VARIANT == "as_written":
    from .as_written import *  # noqa: F403
else:
    from .hardened import *  # noqa: F403
