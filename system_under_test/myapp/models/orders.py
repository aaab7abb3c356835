"""Products, orders, and the stock between them."""

from django.conf import settings
from django.db import models

from .work import Work, new_reference


class Product(models.Model):
    sku = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"


class Order(Work):
    """An order. In ``processing`` its stock is reserved; ``declined`` gave it back."""

    PROCESSING, COMPLETED, DECLINED = "processing", "completed", "declined"
    UNFINISHED = (Work.PENDING, PROCESSING)

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    reference_number = models.CharField(max_length=64, unique=True, default=new_reference)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    payment_id = models.CharField(max_length=40, blank=True)
    decline_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference_number


class OrderItem(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.PROTECT)
    quantity = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2)


class InventorySnapshot(models.Model):
    """What was in stock at a moment, by SKU."""

    taken_at = models.DateTimeField(auto_now_add=True)
    levels = models.JSONField()
