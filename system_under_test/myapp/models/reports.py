"""Reports a user asked for."""

from django.conf import settings
from django.db import models

from .work import Work, new_reference


class Report(Work):
    """A report of so many pages; ``file_path`` is set once it is written."""

    GENERATING, COMPLETED, FAILED = "generating", "completed", "failed"
    UNFINISHED = (Work.PENDING, GENERATING)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reports")
    reference = models.CharField(max_length=64, unique=True, default=new_reference)
    pages = models.PositiveIntegerField(default=1)
    file_path = models.CharField(max_length=300, blank=True)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
