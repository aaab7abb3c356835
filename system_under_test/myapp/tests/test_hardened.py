# ruff: noqa: PT009, PT027 - run by Django, not by pytest
"""What the hardened shop promises: each test is a way to lose, double or strand something."""

import smtplib
from datetime import timedelta
from unittest import mock

import requests
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.core import mail
from django.db import OperationalError
from django.utils import timezone
from myproject.celery import app

from myapp import tasks
from myapp.hardened_sessions import SessionStore
from myapp.models import (
    CrmSync,
    ImportedRow,
    ImportJob,
    Mail,
    Notification,
    Order,
    Report,
    Session,
    User,
)
from myapp.services import BadImportError, InventoryService

from .bench import (
    CHARGED,
    DECLINED,
    GIBBERISH,
    LOST_REPLY,
    OUT_OF_ORDER,
    RECORDED,
    STOCK,
    ShopTest,
    hardened,
)
from .files import csv_file


@hardened
class OrdersTest(ShopTest):
    def assert_order(self, order, status, stock):
        order.refresh_from_db()
        self.assertEqual((order.status, self.stock()), (status, stock))

    def test_an_order_is_charged_under_its_reference(self):
        gateway, order = self.outside(CHARGED), self.order()
        tasks.process_order(order.id)
        self.assert_order(order, "completed", STOCK - 2)
        key = {"Idempotency-Key": order.reference_number}
        self.assertEqual(gateway.call_args.kwargs["headers"], key)

    def test_a_finished_order_is_left_alone(self):
        gateway, order = self.outside(CHARGED), self.order()
        tasks.process_order(order.id)
        self.assertEqual(tasks.process_order(order.id)["status"], "skipped")
        self.assertEqual((gateway.call_count, self.stock()), (1, STOCK - 2))

    def test_whatever_a_charge_ended_in_the_next_execution_asks_with_the_same_key(self):
        for answer in (LOST_REPLY, OUT_OF_ORDER, GIBBERISH):
            gateway, order, before = self.outside(answer, CHARGED), self.order(1), self.stock()
            with self.assertRaises(requests.RequestException):
                tasks.process_order(order.id)
            self.assert_order(order, "processing", before - 1)
            tasks.process_order(order.id)
            self.assert_order(order, "completed", before - 1)
            keys = {c.kwargs["headers"]["Idempotency-Key"] for c in gateway.call_args_list}
            self.assertEqual(keys, {order.reference_number})

    def test_a_passing_failure_is_retried(self):
        self.outside(OUT_OF_ORDER, LOST_REPLY, CHARGED)
        order = self.order()
        self.really(tasks.process_order, order.id)
        self.assert_order(order, "completed", STOCK - 2)

    def test_a_declined_order_gives_its_stock_back_once(self):
        self.outside(DECLINED, DECLINED)
        order = self.order()
        tasks.process_order(order.id)
        self.assert_order(order, "declined", STOCK)
        tasks.process_order(order.id)
        self.assert_order(order, "declined", STOCK)

    def test_an_order_beyond_the_stock_is_declined_and_takes_nothing(self):
        gateway, order = self.outside(), self.order(quantity=STOCK + 1)
        tasks.process_order(order.id)
        self.assert_order(order, "declined", STOCK)
        gateway.assert_not_called()

    def test_a_death_while_reserving_takes_no_stock(self):
        order = self.order()
        with (
            mock.patch.object(InventoryService, "reserve", side_effect=MemoryError),
            self.assertRaises(MemoryError),
        ):
            tasks.process_order(order.id)
        self.assert_order(order, "pending", STOCK)

    def test_a_second_execution_in_the_middle_of_the_first_doubles_nothing(self):
        order = self.order()

        def charge_twice(*args, **kwargs):
            gateway.side_effect = None
            gateway.return_value = answer
            tasks.process_order(order.id)
            return answer

        gateway = self.outside(CHARGED)
        answer = mock.Mock(status_code=201, json=lambda: {"id": "ch_1"})
        gateway.side_effect = charge_twice
        tasks.process_order(order.id)
        self.assert_order(order, "completed", STOCK - 2)

    def test_the_same_reference_is_the_same_order(self):
        first, second = (
            self.post("/orders/", sku=["ANVIL"], quantity=["1"], reference="ref-1").json()
            for _ in range(2)
        )
        self.assertEqual(first, second)
        self.assertEqual(self.enqueued, [("process_order", first["order_id"])])

    def test_the_reference_of_another_is_refused(self):
        order = self.order(reference_number="ref-1")
        User.objects.create_user("eve", "eve@shop.example", "secret")
        self.client.login(username="eve", password="secret")
        answer = self.post("/orders/", sku=["ANVIL"], quantity=["1"], reference="ref-1")
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(order.items.count(), 1)


@hardened
class ChatterTest(ShopTest):
    """What a worker says beside its work must not keep it from it, and may get lost."""

    def test_a_heartbeat_is_not_sent_again(self):
        dispatcher = app.events.Dispatcher(app.connection_for_write(), enabled=False)
        dispatcher.enabled, dispatcher.producer = True, mock.Mock()
        dispatcher.send("worker-heartbeat", retry=True)
        self.assertIs(dispatcher.producer.publish.call_args.kwargs["retry"], False)

    def test_an_answer_is_sent_again_once(self):
        producer = mock.Mock()
        app.control.mailbox._publish_reply({}, "", "", "", mock.Mock(), producer)
        self.assertEqual(producer.publish.call_args.kwargs["retry_policy"], {"max_retries": 1})


@hardened
class SessionsTest(ShopTest):
    def test_who_registers_is_not_refused_where_only_the_session_was_lost(self):
        lost = self.losing_the_database(at='UPDATE "myapp_session"')
        with lost, self.assertRaises(OperationalError):  # an answer of 500: nobody knows
            self.registers("bob")
        self.assertTrue(User.objects.filter(username="bob").exists())

    def test_a_session_that_was_deleted_meanwhile_is_no_lost_database(self):
        session = SessionStore()
        session.create()
        Session.objects.all().delete()
        with self.assertRaises(UpdateError):
            session.save()


@hardened
class SweepTest(ShopTest):
    def setUp(self):
        super().setUp()
        self._patch(mock.patch("myapp.publishing._resume_at", 0))

    def test_the_page_answers_while_the_broker_is_away_and_the_sweep_makes_up_for_it(self):
        self.broker_is_away = True
        answer = self.post("/orders/", sku=["ANVIL"], quantity=["1"], reference="ref-1")
        self.assertEqual(answer.status_code, 201)
        self.broker_is_away = False
        self.later(Order)
        with mock.patch("myapp.publishing._resume_at", 0):
            tasks.reconcile()
        self.assertEqual(self.enqueued, [("process_order", answer.json()["order_id"])])

    def test_the_sweep_enqueues_all_kinds_of_overdue_work_and_only_once(self):
        order = self.order()
        report = Report.objects.create(user=self.user)
        sync = CrmSync.objects.create(user_id=7, data={"a": 1})
        Mail.objects.create(key="welcome:b@x", kind="welcome", arguments=["b@x", "b"])
        Mail.objects.create(key="digest:1:w", kind="digest", arguments=[1, "w"])
        job = ImportJob.objects.create(user=self.user, file="imports/x.csv")
        Notification.objects.create(user=self.user, key="k", message="hello")
        self.later(Order, Report, CrmSync, Mail, ImportJob, Notification)
        tasks.reconcile()
        expected = {
            ("process_order", order.id),
            ("generate_report", report.id),
            ("sync_to_external_service", 7, {"a": 1}.__str__(), sync.key),
            ("send_welcome_email", "b@x", "b"),
            ("send_digest_email", 1, "w"),
            ("import_data", job.id, job.file.path),
            ("send_notification", self.user.id, "hello", "k"),
        }
        seen = [tuple(str(a) if isinstance(a, dict) else a for a in e) for e in self.enqueued]
        self.assertEqual(set(seen), expected)
        self.assertEqual(len(seen), len(expected))
        tasks.reconcile()
        self.assertEqual(len(self.enqueued), len(expected))

    def test_the_sweep_leaves_finished_and_recent_work_alone(self):
        self.order(status=Order.COMPLETED)
        self.order(status=Order.DECLINED)
        self.later(Order)
        self.order()
        tasks.reconcile()
        self.assertEqual(self.enqueued, [])

    def test_a_sweep_that_had_to_wait_leaves_alone_what_fell_due_meanwhile(self):
        from myapp.tasks.hardened.reconcile import sweep

        order = self.order()
        asked_at = timezone.now()
        self.later(Order)
        self.assertEqual(sweep(Order, asked_at), 0)
        self.assertEqual(sweep(Order, timezone.now()), 1)
        self.assertEqual(self.enqueued, [("process_order", order.id)])

    def test_a_sweep_knows_by_its_expiry_when_it_was_sent(self):
        from myapp.tasks.hardened.reconcile import sent_at

        lifetime = timedelta(seconds=settings.SWEEP_EXPIRES_SECONDS)
        sent = timezone.now()
        self.assertEqual(sent_at((sent + lifetime).isoformat()), sent)

    def test_what_the_broker_did_not_take_stays_overdue(self):
        self.order()
        self.later(Order)
        self.broker_is_away = True
        tasks.reconcile()
        self.broker_is_away = False
        with mock.patch("myapp.publishing._resume_at", 0):
            tasks.reconcile()
        self.assertEqual(len(self.enqueued), 1)

    def test_the_schedule_has_the_sweep_and_lets_it_expire(self):
        entry = settings.CELERY_BEAT_SCHEDULE["reconcile"]
        self.assertEqual(entry["schedule"], settings.SWEEP_SECONDS)
        self.assertGreaterEqual(entry["options"]["expire_seconds"], settings.SWEEP_SECONDS)

    def later(self, *kinds):
        """Let everything of these kinds fall due."""
        for kind in kinds:
            kind.objects.update(due_at=timezone.now())


@hardened
class ReportsAndImportsTest(ShopTest):
    def test_a_report_that_keeps_failing_ends_failed(self):
        report = Report.objects.create(user=self.user, pages=10**6)
        self.really(tasks.generate_report, report.id)
        report.refresh_from_db()
        self.assertEqual(report.status, "failed")
        self.assertIn("memory", report.error_message)

    def test_a_failed_report_is_not_begun_again(self):
        report = Report.objects.create(user=self.user, status=Report.FAILED)
        self.assertEqual(tasks.generate_report(report.id)["status"], "skipped")

    def test_a_report_waiting_for_its_retry_is_not_overdue(self):
        report = Report.objects.create(user=self.user, pages=10**6)
        with self.assertRaises(Exception):  # noqa: B017 - called directly, retry re-raises
            tasks.generate_report(report.id)
        report.refresh_from_db()
        wait = (report.due_at - timezone.now()).total_seconds()
        self.assertGreater(wait, settings.SWEEP_SECONDS + settings.REPORT_RETRY_SECONDS - 5)

    def test_an_import_comes_in_whole_and_tells_its_user_once(self):
        job = ImportJob.objects.create(user=self.user)
        with csv_file("A,b,1", "B,c,2") as path:
            for _ in range(2):
                with self.captureOnCommitCallbacks(execute=True):
                    tasks.import_data(job.id, path)
        self.assertEqual(ImportedRow.objects.filter(job=job).count(), 2)
        self.assertEqual([e[0] for e in self.enqueued], ["send_notification"])

    def test_a_bad_import_leaves_no_row(self):
        job = ImportJob.objects.create(user=self.user)
        with csv_file("A,b,1", "B,c,oops") as path, self.assertRaises(BadImportError):
            tasks.import_data(job.id, path)
        self.assertEqual(ImportedRow.objects.filter(job=job).count(), 0)

    def test_the_error_callback_ends_the_job_and_tells_once(self):
        job = ImportJob.objects.create(user=self.user)
        for _ in range(2):
            tasks.handle_import_failure(None, "too bad", None, job_id=job.id)
        job.refresh_from_db()
        self.assertEqual((job.status, job.error_message), ("failed", "too bad"))
        self.assertEqual(Notification.objects.filter(user=self.user).count(), 1)


@hardened
class MessagesTest(ShopTest):
    def test_a_mail_asked_for_twice_is_sent_once(self):
        for _ in range(2):
            tasks.send_welcome_email("bob@shop.example", "bob")
        self.assertEqual(len(mail.outbox), 1)

    def test_a_mail_whose_reply_was_lost_is_sent_again_under_the_same_message_id(self):
        sent = []

        def send(message):
            sent.append(message.message()["Message-ID"])
            if len(sent) == 1:
                raise smtplib.SMTPServerDisconnected

        with mock.patch("django.core.mail.EmailMessage.send", autospec=True, side_effect=send):
            self.really(tasks.send_welcome_email, "bob@shop.example", "bob")
        self.assertEqual(len(sent), 2)
        self.assertEqual(len(set(sent)), 1)

    def test_a_mail_refused_for_good_is_not_tried_for_ever(self):
        refusal = smtplib.SMTPDataError(550, b"not wanted")
        with mock.patch("django.core.mail.EmailMessage.send", side_effect=refusal):
            tasks.send_welcome_email("bob@shop.example", "bob")
        self.assertEqual(Mail.objects.get().status, Mail.REFUSED)

    def test_the_weekly_digest_is_owed_once_a_week(self):
        self.user.email_preferences = {"weekly_digest": True}
        self.user.save()
        for _ in range(2):
            tasks.send_weekly_digest()
        self.assertEqual(Mail.objects.filter(kind="digest").count(), 1)

    def test_a_sync_keeps_its_key_through_retries(self):
        crm = self.outside(LOST_REPLY, GIBBERISH, OUT_OF_ORDER, RECORDED)
        self.really(tasks.sync_to_external_service, 7, {"a": 1})
        keys = {call.kwargs["headers"]["Idempotency-Key"] for call in crm.call_args_list}
        self.assertEqual((crm.call_count, len(keys)), (4, 1))
        self.assertEqual(CrmSync.objects.get().external_id, "crm_1")

    def test_a_notification_is_delivered_once_under_its_key(self):
        for _ in range(2):
            tasks.send_notification(self.user.id, "hello", "k")
        self.assertEqual(Notification.objects.get().status, "delivered")
