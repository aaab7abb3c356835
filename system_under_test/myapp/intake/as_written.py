"""The tutorial's way: write, then enqueue, and let the page fail where either fails."""

from myapp.models import ImportJob, Order, OrderItem, Report
from myapp.tasks import (
    generate_report,
    handle_import_failure,
    import_data,
    process_order,
    send_welcome_email,
    sync_to_external_service,
)

from .lines import items, total


def register(form):
    user = form.save()
    send_welcome_email.delay(user.email, user.username)
    sync_profile(user)
    return user


def sync_profile(user):
    sync_to_external_service.delay(user.id, {"username": user.username, "email": user.email})


def place_order(user, lines, reference):
    order = Order.objects.create(customer=user, reference_number=reference, total=total(lines))
    OrderItem.objects.bulk_create(items(order, lines))
    process_order.delay(order.id)
    return order


def request_report(user, pages, reference):
    report = Report.objects.create(user=user, pages=pages, reference=reference)
    generate_report.delay(report.id)
    return report


def start_import(user, file, reference):
    job = ImportJob.objects.create(user=user, file=file, reference=reference)
    import_data.apply_async(
        args=[job.id, job.file.path],
        link_error=handle_import_failure.s(job_id=job.id),
    )
    return job
