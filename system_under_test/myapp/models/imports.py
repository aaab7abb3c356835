"""Files of products that users hand in, and the rows read from them."""

from django.conf import settings
from django.db import models

from .work import Work, new_reference


def upload_path(job: "ImportJob", filename: str) -> str:
    """A path nobody else has: what a user calls the file names nothing on our disk."""
    return f"imports/{new_reference()}.csv"


class ImportJob(Work):
    """One file to import."""

    PROCESSING, COMPLETED, FAILED = "processing", "completed", "failed"
    UNFINISHED = (Work.PENDING, PROCESSING)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    reference = models.CharField(max_length=64, unique=True, default=new_reference)
    file = models.FileField(upload_to=upload_path)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)


class ImportedRow(models.Model):
    """One row of a file. Nothing forbids a row twice: that is the importer's business."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    sku = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=10, decimal_places=2)
