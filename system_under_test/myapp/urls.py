"""Addresses of the shop's pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from myapp.views import files, orders, people

urlpatterns = [
    path("", orders.shop, name="shop"),
    path("health", people.health, name="health"),
    path("register/", people.register, name="register"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("dashboard/", people.dashboard, name="dashboard"),
    path("profile/sync/", people.sync_profile, name="sync-profile"),
    path("orders/", orders.place_order, name="place-order"),
    path("orders/<slug:reference>/", orders.order_status, name="order-status"),
    path("reports/", files.request_report, name="request-report"),
    path("reports/<int:report_id>/", files.report_status, name="report-status"),
    path("imports/", files.start_import, name="start-import"),
    path("imports/<int:job_id>/", files.import_status, name="import-status"),
]
