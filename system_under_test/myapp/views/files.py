"""Reports a user asks for and files a user hands in."""

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from myapp import intake
from myapp.forms import ImportForm, ReportForm
from myapp.models import ImportJob, Report

from .answers import refused


@login_required
@require_POST
def request_report(request):
    form = ReportForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    wish = form.cleaned_data
    report = intake.request_report(request.user, wish["pages"], wish["reference"])
    return JsonResponse({"report_id": report.id, "reference": report.reference}, status=202)


@login_required
@require_GET
def report_status(request, report_id):
    report = get_object_or_404(Report, id=report_id, user=request.user)
    return JsonResponse(
        {"report_id": report.id, "status": report.status, "error": report.error_message}
    )


@login_required
@require_POST
def start_import(request):
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form)
    wish = form.cleaned_data
    job = intake.start_import(request.user, wish["file"], wish["reference"])
    return JsonResponse({"job_id": job.id, "reference": job.reference}, status=202)


@login_required
@require_GET
def import_status(request, job_id):
    job = get_object_or_404(ImportJob, id=job_id, user=request.user)
    return JsonResponse({"job_id": job.id, "status": job.status, "error": job.error_message})
