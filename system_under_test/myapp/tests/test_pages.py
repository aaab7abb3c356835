# ruff: noqa: PT009 - run by Django, not by pytest
"""The pages, in both variants."""

from django.core.files.uploadedfile import SimpleUploadedFile

from myapp.models import ImportJob, Order, Report, User

from .bench import ShopTest


class PagesTest(ShopTest):
    def test_the_health_page_asks_no_database(self):
        with self.assertNumQueries(0):
            answer = self.client.get("/health")
        self.assertEqual(answer.content, b"ok")

    def test_every_page_is_shown(self):
        for path in ("/", "/dashboard/", "/register/", "/login/"):
            self.assertEqual(self.client.get(path).status_code, 200, path)

    def test_the_shop_front_carries_a_reference_of_its_own_each_time(self):
        first, second = (
            self.client.get("/").context["form"].initial["reference"] for _ in range(2)
        )
        self.assertNotEqual(first, second)

    def test_registering_logs_in_and_enqueues_the_welcome_and_the_sync(self):
        self.client.logout()
        with self.captureOnCommitCallbacks(execute=True):
            answer = self.client.post(
                "/register/",
                {
                    "username": "bob",
                    "email": "bob@shop.example",
                    "password1": "a-secret-x",
                    "password2": "a-secret-x",
                },
            )
        self.assertRedirects(answer, "/dashboard/")
        self.assertIn(("send_welcome_email", "bob@shop.example", "bob"), self.enqueued)
        bob = User.objects.get(username="bob")
        self.assertEqual(self.enqueued[1][:2], ("sync_to_external_service", bob.id))

    def test_a_wrong_registration_is_told_as_json(self):
        answer = self.post("/register/", username="ann")
        self.assertEqual(answer.status_code, 400)
        self.assertIn("username", answer.json()["errors"])

    def test_an_order_is_placed_under_the_posted_reference(self):
        answer = self.post("/orders/", sku=["ANVIL"], quantity=["3"], reference="ref-1")
        self.assertEqual(answer.status_code, 201)
        order = Order.objects.get(reference_number="ref-1")
        self.assertEqual(answer.json(), {"order_id": order.id, "reference_number": "ref-1"})
        self.assertEqual(order.total, 3 * self.product.price)
        self.assertEqual(self.enqueued, [("process_order", order.id)])

    def test_a_browser_is_sent_to_the_dashboard(self):
        answer = self.client.post("/orders/", {"sku": "ANVIL", "quantity": "1"})
        self.assertRedirects(answer, "/dashboard/")

    def test_wrong_orders_are_refused_and_enqueue_nothing(self):
        for sku, quantity in (("ANVIL", "0"), ("ANVIL", "-1"), ("ANVIL", "x"), ("NONE", "1")):
            answer = self.post("/orders/", sku=[sku], quantity=[quantity])
            self.assertEqual(answer.status_code, 400, (sku, quantity))
        self.assertEqual(self.enqueued, [])

    def test_a_report_is_asked_for(self):
        answer = self.post("/reports/", pages="5", reference="rep-1")
        report = Report.objects.get(reference="rep-1")
        self.assertEqual(answer.json(), {"report_id": report.id, "reference": "rep-1"})
        self.assertEqual(self.enqueued, [("generate_report", report.id)])

    def test_a_file_is_handed_in(self):
        file = SimpleUploadedFile("goods.csv", b"sku,name,price\nA,b,1\n")
        answer = self.post("/imports/", file=file, reference="imp-1")
        job = ImportJob.objects.get(reference="imp-1")
        self.addCleanup(job.file.delete)
        self.assertEqual(answer.json()["job_id"], job.id)
        self.assertEqual(self.enqueued, [("import_data", job.id, job.file.path)])

    def test_nobody_sees_the_order_of_another(self):
        order = self.order()
        User.objects.create_user("eve", "eve@shop.example", "secret")
        self.client.login(username="eve", password="secret")
        answer = self.client.get(f"/orders/{order.reference_number}/")
        self.assertEqual(answer.status_code, 404)
