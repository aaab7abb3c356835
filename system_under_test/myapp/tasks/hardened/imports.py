"""Imports: a file comes in whole or not at all, and its user hears of it once."""

import time

from celery import shared_task
from django.conf import settings
from django.db import transaction

from myapp.models import ImportedRow, ImportJob, Notification
from myapp.publishing import enqueue, enqueue_after_commit, publish
from myapp.services import read_rows

from .patience import PatientTask


@shared_task(name="myapp.tasks.import_data", base=PatientTask, bind=True, max_retries=3)
def import_data(self, job_id, file_path):
    """Raises BadImportError for a bad file; the error callback then ends the job."""
    job = ImportJob.objects.get(id=job_id)
    if not job.attempt(status=ImportJob.PROCESSING):
        return {"status": "skipped", "job_id": job_id}
    rows = list(read_rows(file_path))
    time.sleep(len(rows) * settings.IMPORT_ROW_SECONDS)
    complete(job, rows)
    return {"status": "completed", "job_id": job_id}


@shared_task(name="myapp.tasks.handle_import_failure", base=PatientTask)
def handle_import_failure(request, exc, traceback, job_id):
    fail(ImportJob.objects.get(id=job_id), str(exc))


@transaction.atomic
def complete(job, rows):
    """Take in the rows and end the job, unless another execution has."""
    if job.finish(ImportJob.COMPLETED):
        ImportedRow.objects.bulk_create(
            [
                ImportedRow(job=job, line=row.line, sku=row.sku, name=row.name, price=row.price)
                for row in rows
            ],
            batch_size=500,
        )
        notify(job, "Your import is complete")


@transaction.atomic
def fail(job, reason):
    if job.finish(ImportJob.FAILED, error_message=reason):
        notify(job, f"Your import failed: {reason}")


def notify(job, message):
    """Owe the user a notification; to be called within the transaction that ends the job."""
    owed = Notification.objects.create(user_id=job.user_id, key=f"import:{job.id}", message=message)
    enqueue_after_commit(owed)


@enqueue.register
def _(job: ImportJob) -> bool:
    on_failure = handle_import_failure.s(job_id=job.id)
    return publish(import_data, job.id, job.file.path, link_error=on_failure)
