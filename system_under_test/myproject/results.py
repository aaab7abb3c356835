"""The database result backend of the hardened shop: it waits for a database that is away.

``django-db`` gives up at once, and a task whose start could not be stored is then acknowledged
without ever having run.
"""

from django.db import connections, router
from django_celery_results.backends import DatabaseBackend

from .failures import DATABASE_AWAY


class PatientDatabaseBackend(DatabaseBackend):
    def exception_safe_to_retry(self, exc):
        """Storing a state twice does no harm, so any loss of the database may be retried."""
        if not isinstance(exc, DATABASE_AWAY):
            return False
        connections[router.db_for_write(self.TaskModel)].close()
        return True
