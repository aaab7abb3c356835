"""Accepted work: a row is the promise, its status says whether the promise is kept.

The hardened shop writes the row in the same transaction as what it belongs to, enqueues the task
after the commit, and sweeps up whatever is still unfinished when it falls due. The row, not the
broker, is the truth.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


def new_reference() -> str:
    """A name for a piece of work that nobody else has."""
    return uuid.uuid4().hex


def due_after(seconds: float = 0) -> datetime:
    """When an attempt that begins in so many seconds counts as lost."""
    return timezone.now() + timedelta(seconds=seconds + settings.SWEEP_SECONDS)


class Work(models.Model):
    """A row that some task must finish. ``due_at``: when the sweep may enqueue it again."""

    PENDING = "pending"
    UNFINISHED: ClassVar[tuple[str, ...]] = (PENDING,)

    status = models.CharField(max_length=20, default=PENDING)
    due_at = models.DateTimeField(default=due_after)

    class Meta:
        abstract = True
        indexes = (models.Index(fields=("status", "due_at"), name="%(class)s_due"),)

    @property
    def finished(self) -> bool:
        return self.status not in self.UNFINISHED

    @classmethod
    def unfinished(cls) -> models.QuerySet:
        return cls.objects.filter(status__in=cls.UNFINISHED)

    def advance(self, before: tuple[str, ...], **changes: object) -> bool:
        """Change the row if its status is still one of ``before``; whether this call did it.

        One UPDATE decides between two executions of the same task: exactly one wins, and the
        other waits for the winner's transaction.
        """
        row = type(self).objects.filter(pk=self.pk, status__in=before)
        if not row.update(**changes):
            return False
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def finish(self, status: str, **changes: object) -> bool:
        """End the work, unless it has ended; whether this call did it."""
        return self.advance(self.UNFINISHED, status=status, **changes)

    def attempt(self, in_seconds: float = 0, **changes: object) -> bool:
        """Note that an attempt begins now, or in so many seconds; False if already finished."""
        return self.advance(self.UNFINISHED, due_at=due_after(in_seconds), **changes)
