"""Reports: written, or failed once the retries are used up."""

import logging

from celery import shared_task
from django.conf import settings

from myapp.models import Report
from myapp.publishing import enqueue, publish
from myapp.services import ReportGenerator

from .patience import PatientTask

logger = logging.getLogger(__name__)


@shared_task(name="myapp.tasks.generate_report", base=PatientTask, bind=True, max_retries=3)
def generate_report(self, report_id):
    report = Report.objects.filter(id=report_id).first()
    if report is None:
        logger.error("there is no report %s", report_id)
        return {"status": "error", "reason": "not found"}
    if not report.attempt(status=Report.GENERATING):
        return {"status": "skipped", "reason": "already finished"}
    try:
        result = ReportGenerator.create(report)
    except ReportGenerator.ResourceError as problem:
        # Asked beforehand: past the last retry, `retry` raises the problem itself.
        if self.request.retries >= self.max_retries:
            report.finish(Report.FAILED, error_message=str(problem))
            raise
        countdown = settings.REPORT_RETRY_SECONDS * 2**self.request.retries
        report.attempt(in_seconds=countdown)
        logger.warning("report %s failed, again in %s s: %s", report_id, countdown, problem)
        raise self.retry(exc=problem, countdown=countdown) from problem
    report.finish(Report.COMPLETED, file_path=result.path)
    return {"status": "completed", "path": result.path}


@enqueue.register
def _(report: Report) -> bool:
    return publish(generate_report, report.id)
