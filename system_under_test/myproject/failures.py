"""What Django raises for a database that is away for a while, or takes no writes for a while."""

from django.db import InterfaceError, InternalError, OperationalError

# InternalError: "cannot execute INSERT in a read-only transaction", among others.
DATABASE_AWAY = (InterfaceError, InternalError, OperationalError)
