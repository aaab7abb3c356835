"""Writing reports."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from myapp.models import Order, Report


class ReportResourceError(Exception):
    """Not enough memory or disk for this report, at least not now."""


@dataclass(frozen=True)
class ReportFile:
    path: str


class ReportGenerator:
    ResourceError = ReportResourceError

    @classmethod
    def create(cls, report: Report) -> ReportFile:
        """Write the report; writing it again replaces it. Raises ResourceError."""
        if report.pages > settings.REPORT_PAGES_MAX:
            raise cls.ResourceError(f"{report.pages} pages do not fit into memory")
        path = Path(settings.MEDIA_ROOT) / "reports" / f"{report.reference}.csv"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, report)
        except OSError as problem:
            raise cls.ResourceError(str(problem)) from problem
        return ReportFile(path=str(path))


def _write(path: Path, report: Report) -> None:
    """Write beside the file and rename: nobody ever sees half a report."""
    draft = path.with_suffix(f".{os.getpid()}.draft")
    orders = Order.objects.filter(customer_id=report.user_id).order_by("id")
    with draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("reference", "status", "total"))
        writer.writerows(orders.values_list("reference_number", "status", "total"))
    draft.replace(path)
