# ruff: noqa: PT009 - run by Django, not by pytest
"""What the effects command tells, from the database and from each ledger."""

from myapp import effects
from myapp.models import ImportedRow, ImportJob, Notification, Order, Report
from myapp.services import mail

from .bench import ShopTest


class EffectsTest(ShopTest):
    def test_orders_by_their_reference_and_stock_by_sku(self):
        self.order(reference_number="a")
        self.order(reference_number="b", status=Order.COMPLETED)
        self.order(reference_number="c", status=Order.DECLINED)
        told = self.told(effects.database_effects())
        self.assertEqual({told["order-placed", ref] for ref in "abc"}, {1})
        self.assertEqual(told["order-completed", "b"], 1)
        self.assertEqual(told["order-declined", "c"], 1)
        self.assertNotIn(("order-completed", "a"), told)
        self.assertEqual(told["stock", "ANVIL"], self.stock())

    def test_reports_imports_and_notifications(self):
        Report.objects.create(user=self.user, reference="r", status=Report.FAILED)
        Report.objects.create(user=self.user, reference="unfinished")
        job = ImportJob.objects.create(user=self.user, reference="i", status=ImportJob.COMPLETED)
        for line in (2, 3):
            ImportedRow.objects.create(job=job, line=line, sku="A", name="b", price=1)
        for status in ("pending", "delivered", "delivered"):
            Notification.objects.create(user=self.user, message="hello", status=status)
        told = self.told(effects.database_effects())
        self.assertEqual(told["report-failed", "r"], 1)
        self.assertEqual(told["import-completed", "i"], 1)
        self.assertEqual(told["imported-rows", "i"], 2)
        self.assertEqual(told["notification", "ann"], 2)
        self.assertNotIn("unfinished", {key for _, key in told})

    def test_only_delivered_mail_counts_by_its_kind(self):
        subject = mail.welcome("ann").subject
        entries = [
            {"subject": subject, "recipient": "a@x", "delivered": delivered}
            for delivered in (True, False)
        ]
        self.assertEqual(self.told(effects.mail_effects(entries)), {("mail:welcome", "a@x"): 1})

    def test_only_records_count_at_the_crm(self):
        entries = [
            {"status": status, "user_id": 7, "data": {"email": "a@x"}}
            for status in ("recorded", "recorded", "replayed", "refused")
        ]
        expected = {("crm-record", "7"): 2, ("crm-contact", "a@x"): 2}
        self.assertEqual(self.told(effects.crm_effects(entries)), expected)

    def test_only_charges_count_at_the_gateway(self):
        entries = [
            {"status": status, "order_reference": "a", "amount": 150}
            for status in ("charged", "charged", "replayed", "refused")
        ]
        expected = {("charge", "a"): 2, ("charged-cents", "a"): 300}
        self.assertEqual(self.told(effects.gateway_effects(entries)), expected)

    def told(self, found):
        return {(effect.effect, effect.key): effect.amount for effect in found}
