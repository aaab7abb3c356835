"""Customer records: each sync reaches the CRM once, by a key the CRM remembers."""

import logging

import requests
from celery import shared_task

from myapp.models import CrmSync, new_reference
from myapp.publishing import enqueue, publish
from myapp.services import CustomerRecords

from .patience import patient

logger = logging.getLogger(__name__)

PASSING = (requests.codes.request_timeout, requests.codes.too_many_requests)


@shared_task(
    name="myapp.tasks.sync_to_external_service", bind=True, **patient(requests.RequestException)
)
def sync_to_external_service(self, user_id, data, key=None):
    """Without a key the sync is known by its task's id, which retries and redeliveries keep."""
    key = key or f"task:{self.request.id or new_reference()}"
    sync, _ = CrmSync.objects.get_or_create(key=key, defaults={"user_id": user_id, "data": data})
    if not sync.attempt():
        return {"synced": sync.status == CrmSync.SENT, "external_id": sync.external_id}
    try:
        external_id = CustomerRecords.create(user_id, data, idempotency_key=key)
    except requests.HTTPError as problem:
        if not refused_for_good(problem.response):
            raise
        logger.error("the CRM refuses user %s: %s", user_id, problem)
        sync.finish(CrmSync.REFUSED)
        return {"synced": False, "external_id": None}
    sync.finish(CrmSync.SENT, external_id=external_id)
    return {"synced": True, "external_id": external_id}


def refused_for_good(response: requests.Response) -> bool:
    return 400 <= response.status_code < 500 and response.status_code not in PASSING


@enqueue.register
def _(sync: CrmSync) -> bool:
    return publish(sync_to_external_service, sync.user_id, sync.data, sync.key)
