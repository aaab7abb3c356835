"""Orders: stock reserved once, customer charged once, then completed or declined."""

import logging

import requests
from celery import shared_task
from django.db import transaction

from myapp.models import Order
from myapp.publishing import enqueue, publish
from myapp.services import InventoryService, OutOfStockError, PaymentDeclinedError, PaymentGateway

from .patience import patient

logger = logging.getLogger(__name__)


@shared_task(name="myapp.tasks.process_order", **patient(requests.RequestException))
def process_order(order_id):
    order = Order.objects.select_related("customer").filter(id=order_id).first()
    if order is None:
        logger.error("there is no order %s", order_id)
        return {"status": "error", "reason": "order not found"}
    if not order.attempt():
        return {"status": "skipped", "reason": "already finished"}
    try:
        reserve_stock(order)
        payment = PaymentGateway.charge(
            customer_id=order.customer.payment_id,
            amount=order.total,
            order_reference=order.reference_number,
            idempotency_key=order.reference_number,
        )
    except OutOfStockError as reason:
        # Only if nothing is reserved: a second execution may have found what this one missed.
        order.advance((Order.PENDING,), status=Order.DECLINED, decline_reason=str(reason))
    except PaymentDeclinedError as reason:
        give_back(order, str(reason))
    else:
        order.finish(Order.COMPLETED, payment_id=payment.id)
    order.refresh_from_db(fields=["status"])
    logger.info("order %s is %s", order_id, order.status)
    return {"status": order.status, "order_id": order_id}


@transaction.atomic
def reserve_stock(order):
    """Reserve every item, unless an earlier or concurrent execution has. Raises OutOfStockError."""
    if order.advance((Order.PENDING,), status=Order.PROCESSING):
        # In one order of products everywhere, so that two orders cannot deadlock.
        for item in order.items.order_by("product_id"):
            InventoryService.reserve(item.product_id, item.quantity)


@transaction.atomic
def give_back(order, reason):
    """Decline the order and release its stock, once."""
    if order.advance((Order.PROCESSING,), status=Order.DECLINED, decline_reason=reason):
        for item in order.items.order_by("product_id"):
            InventoryService.release(item.product_id, item.quantity)


@enqueue.register
def _(order: Order) -> bool:
    return publish(process_order, order.id)
