"""What the tests of the shop share: a shop with stock, a noted broker, a scripted outside."""

from decimal import Decimal
from unittest import mock, skipUnless

import requests
from celery import Task
from django.conf import settings
from django.db import OperationalError, connection
from django.test import TestCase

from myapp.models import Order, OrderItem, Product, User

STOCK = 10

as_written = skipUnless(settings.SHOP_VARIANT == "as_written", "the tutorial's behaviour")
hardened = skipUnless(settings.SHOP_VARIANT == "hardened", "the hardened shop's behaviour")


class ShopTest(TestCase):
    """A product, a customer, and a broker that notes task names and arguments in ``enqueued``."""

    def setUp(self):
        self.enqueued = []
        self.broker_is_away = False
        self.product = Product.objects.create(
            sku="ANVIL", name="Anvil", price=Decimal("12.50"), stock=STOCK
        )
        self.user = User.objects.create_user("ann", "ann@shop.example", "secret")
        self.client.force_login(self.user)
        self.broker = mock.patch.object(Task, "apply_async", autospec=True, side_effect=self._note)
        self._patch(self.broker)

    def order(self, quantity=2, status=Order.PENDING, **fields):
        order = Order.objects.create(
            customer=self.user, total=self.product.price * quantity, status=status, **fields
        )
        OrderItem.objects.create(
            order=order, product=self.product, quantity=quantity, price=self.product.price
        )
        return order

    def stock(self):
        return Product.objects.get(pk=self.product.pk).stock

    def outside(self, *script):
        """Answer each HTTP POST with the next of the script: a status and body, or an error."""
        answers = [a if isinstance(a, Exception) else response(*a) for a in script]
        return self._patch(mock.patch.object(requests, "post", side_effect=answers))

    def post(self, path, **data):
        """Post as a page does, up to and including what happens after the commit."""
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post(path, data, headers={"Accept": "application/json"})

    def registers(self, name):
        """The answer to somebody who registers."""
        self.client.logout()
        password = {"password1": f"secret-of-{name}", "password2": f"secret-of-{name}"}
        return self.post("/register/", username=name, email=f"{name}@shop.example", **password)

    def losing_the_database(self, *, at):
        """In the block, whatever statement begins so ends with a lost connection."""

        def lose(execute, sql, *rest):
            if sql.startswith(at):
                raise OperationalError("server closed the connection unexpectedly")
            return execute(sql, *rest)

        return connection.execute_wrapper(lose)

    def really(self, task, *args):
        """Run the task with all its retries, at once, and return its result."""
        self.broker.stop()
        try:
            return task.apply(args)
        finally:
            self.broker.start()

    def _note(self, task, args=None, kwargs=None, **options):
        if self.broker_is_away:
            raise ConnectionError("no broker")
        self.enqueued.append((task.name.removeprefix("myapp.tasks."), *(args or ())))

    def _patch(self, patcher):
        self.addCleanup(patcher.stop)
        return patcher.start()


def response(status, body):
    answer = requests.Response()
    answer.status_code = status
    answer._content = body.encode()
    return answer


CHARGED = (201, '{"id": "ch_1"}')
DECLINED = (402, "{}")
OUT_OF_ORDER = (503, "{}")
GIBBERISH = (201, "<html>")
RECORDED = (201, '{"id": "crm_1"}')
LOST_REPLY = requests.ConnectionError("hung up")
