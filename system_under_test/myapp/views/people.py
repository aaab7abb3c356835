"""Registering, the dashboard, and the profile's way to the CRM."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from myapp import intake
from myapp.forms import ImportForm, RegistrationForm, ReportForm
from myapp.models import Notification, new_reference

from .answers import accepted, wants_json

LATEST = 20


@require_GET
def health(request):
    """Says that the process serves, and asks nobody else."""
    return HttpResponse("ok", content_type="text/plain")


@require_http_methods(["GET", "POST"])
def register(request):
    form = RegistrationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = intake.register(form)
        login(request, user)
        return accepted(request, "Welcome! Your account is ready.", user_id=user.id)
    if form.errors and wants_json(request):
        return JsonResponse({"errors": form.errors}, status=400)
    return render(request, "registration/register.html", {"form": form})


@login_required
@require_GET
def dashboard(request):
    user = request.user
    notes = Notification.objects.filter(user=user, status=Notification.DELIVERED)
    return render(
        request,
        "shop/dashboard.html",
        {
            "orders": user.orders.order_by("-id")[:LATEST],
            "reports": user.reports.order_by("-id")[:LATEST],
            "imports": user.imports.order_by("-id")[:LATEST],
            "notifications": notes.order_by("-id")[:LATEST],
            "report_form": ReportForm(initial={"reference": new_reference()}),
            "import_form": ImportForm(initial={"reference": new_reference()}),
        },
    )


@login_required
@require_POST
def sync_profile(request):
    intake.sync_profile(request.user)
    if wants_json(request):
        return JsonResponse({"user_id": request.user.id}, status=202)
    messages.success(request, "Your profile is on its way to our CRM.")
    return redirect("dashboard")
