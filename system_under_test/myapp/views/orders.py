"""The shop front and orders."""

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from myapp import intake
from myapp.forms import OrderForm
from myapp.models import Order, Product, new_reference

from .answers import accepted, refused


@require_GET
def shop(request):
    form = OrderForm(initial={"reference": new_reference()})
    products = Product.objects.order_by("sku")
    return render(request, "shop/shop.html", {"form": form, "products": products})


@login_required
@require_POST
def place_order(request):
    form = OrderForm(request.POST)
    if not form.is_valid():
        return refused(request, form, to="shop")
    order = intake.place_order(
        request.user, form.cleaned_data["lines"], form.cleaned_data["reference"]
    )
    return accepted(
        request,
        f"Your order {order.reference_number} is placed.",
        order_id=order.id,
        reference_number=order.reference_number,
    )


@login_required
@require_GET
def order_status(request, reference):
    order = get_object_or_404(Order, reference_number=reference, customer=request.user)
    return JsonResponse(
        {
            "order_id": order.id,
            "reference_number": order.reference_number,
            "status": order.status,
            "total": str(order.total),
            "payment_id": order.payment_id,
        }
    )
