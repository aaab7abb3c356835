"""People get pages and redirects; programs that accept JSON get JSON."""

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect


def wants_json(request):
    return "application/json" in request.headers.get("Accept", "")


def accepted(request, message, to="dashboard", **facts):
    """The work is taken on."""
    if wants_json(request):
        return JsonResponse(facts, status=201)
    messages.success(request, message)
    return redirect(to)


def refused(request, form, to="dashboard"):
    """The form is wrong."""
    if wants_json(request):
        return JsonResponse({"errors": form.errors}, status=400)
    for problems in form.errors.values():
        for problem in problems:
            messages.error(request, problem)
    return redirect(to)
