"""The hardened shop's sessions: a database that is away is no fault of the visitor's."""

from django.contrib.sessions.backends.base import UpdateError
from myproject.failures import DATABASE_AWAY

from myapp import sessions


class SessionStore(sessions.SessionStore):
    def save(self, must_create=False):
        """Says what failed.

        Django takes any failure for a session that was deleted meanwhile, and answers 400. To
        whoever has just registered, and whose account is in the database, that is a refusal.
        """
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, DATABASE_AWAY):
                raise error.__context__ from None
            raise
