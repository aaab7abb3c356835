# ruff: noqa: PT009, PT027 - run by Django, not by pytest
"""The tutorial's behaviour, mistakes included: whoever mends one by chance is told here."""

import requests
from django.core import mail

from myapp import tasks
from myapp.models import ImportedRow, ImportJob, Notification, Order, Report, User
from myapp.services import BadImportError, PaymentDeclinedError, ReportGenerator

from .bench import (
    CHARGED,
    DECLINED,
    LOST_REPLY,
    OUT_OF_ORDER,
    RECORDED,
    STOCK,
    ShopTest,
    as_written,
)
from .files import csv_file


@as_written
class AsWrittenTest(ShopTest):
    def test_an_order_is_completed_without_an_idempotency_key(self):
        gateway, order = self.outside(CHARGED), self.order()
        tasks.process_order(order.id)
        order.refresh_from_db()
        self.assertEqual((order.status, order.payment_id), ("completed", "ch_1"))
        self.assertEqual(self.stock(), STOCK - 2)
        self.assertEqual(gateway.call_args.kwargs["headers"], {})

    def test_an_order_whose_charge_fails_is_stuck_with_its_stock_taken(self):
        for answer, error in (
            (LOST_REPLY, requests.ConnectionError),
            (OUT_OF_ORDER, requests.HTTPError),
            (DECLINED, PaymentDeclinedError),
        ):
            self.outside(answer)
            order, before = self.order(), self.stock()
            with self.assertRaises(error):
                tasks.process_order(order.id)
            order.refresh_from_db()
            self.assertEqual((order.status, self.stock()), ("processing", before - 2))
            self.assertEqual(tasks.process_order(order.id)["status"], "skipped")

    def test_a_missing_order_is_reported_not_raised(self):
        self.assertEqual(tasks.process_order(0)["reason"], "order not found")

    def test_a_report_that_keeps_failing_stays_generating(self):
        report = Report.objects.create(user=self.user, pages=10**6)
        result = self.really(tasks.generate_report, report.id)
        self.assertIsInstance(result.result, ReportGenerator.ResourceError)
        report.refresh_from_db()
        self.assertEqual(report.status, "generating")

    def test_a_sync_whose_reply_is_lost_is_sent_again_without_a_key(self):
        crm = self.outside(LOST_REPLY, RECORDED)
        self.assertTrue(self.really(tasks.sync_to_external_service, 7, {}).result["synced"])
        self.assertEqual([call.kwargs["headers"] for call in crm.call_args_list], [{}, {}])

    def test_a_bad_import_leaves_the_rows_before_the_bad_one(self):
        job = ImportJob.objects.create(user=self.user)
        with csv_file("A,b,1", "B,c,oops") as path, self.assertRaises(BadImportError):
            tasks.import_data(job.id, path)
        self.assertEqual(ImportedRow.objects.filter(job=job).count(), 1)

    def test_a_repeated_import_doubles_its_rows(self):
        job = ImportJob.objects.create(user=self.user)
        with csv_file("A,b,1") as path:
            tasks.import_data(job.id, path)
            tasks.import_data(job.id, path)
        self.assertEqual(ImportedRow.objects.filter(job=job).count(), 2)

    def test_the_error_callback_ends_the_job(self):
        job = ImportJob.objects.create(user=self.user)
        tasks.handle_import_failure(None, "too bad", None, job_id=job.id)
        job.refresh_from_db()
        self.assertEqual((job.status, job.error_message), ("failed", "too bad"))
        self.assertEqual(self.enqueued, [("send_notification",)])

    def test_every_delivery_is_another_mail_and_another_notification(self):
        for _ in range(2):
            tasks.send_welcome_email("bob@shop.example", "bob")
            tasks.send_notification(self.user.id, "hello")
        ids = {message.message()["Message-ID"] for message in mail.outbox}
        self.assertEqual(len(ids), 2)
        self.assertEqual(Notification.objects.count(), 2)

    def test_an_order_placed_while_the_broker_is_away_is_kept_and_never_processed(self):
        self.broker_is_away = True
        with self.assertRaises(ConnectionError):
            self.post("/orders/", sku=["ANVIL"], quantity=["1"], reference="ref-1")
        self.assertEqual(Order.objects.get(reference_number="ref-1").status, "pending")

    def test_who_registers_is_refused_where_only_the_session_was_lost(self):
        with self.losing_the_database(at='UPDATE "myapp_session"'):
            answer = self.registers("bob")
        self.assertEqual(answer.status_code, 400)
        self.assertTrue(User.objects.filter(username="bob").exists())

    def test_there_is_no_sweep(self):
        from django.conf import settings

        self.assertNotIn("reconcile", settings.CELERY_BEAT_SCHEDULE)
        self.assertEqual(len(settings.CELERY_BEAT_SCHEDULE), 4)
