"""Django's database sessions, kept in the shop's own table, which knows their last activity."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore


class SessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls):
        from myapp.models import Session

        return Session
