"""Sends task results through a database connection of their own, so that it can fail alone."""

RESULTS_APP = "django_celery_results"


class ResultsRouter:
    """Both aliases lead to the same database; only ``default`` is ever migrated."""

    def db_for_read(self, model, **hints):
        return "results" if model._meta.app_label == RESULTS_APP else None

    def db_for_write(self, model, **hints):
        return self.db_for_read(model)

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"
