"""Stock: reserved, released, counted."""

from django.db.models import F

from myapp.models import InventorySnapshot, Product


class OutOfStockError(Exception):
    """There is less in stock than was asked for."""


class InventoryService:
    """Every call changes stock at once: calling twice is the caller's mistake."""

    @staticmethod
    def reserve(product_id: int, quantity: int) -> None:
        """Take from stock. Raises OutOfStockError."""
        in_stock = Product.objects.filter(id=product_id, stock__gte=quantity)
        if not in_stock.update(stock=F("stock") - quantity):
            raise OutOfStockError(f"product {product_id} is out of stock")

    @staticmethod
    def release(product_id: int, quantity: int) -> None:
        """Give back what was reserved."""
        Product.objects.filter(id=product_id).update(stock=F("stock") + quantity)

    @staticmethod
    def take_snapshot() -> InventorySnapshot:
        levels = dict(Product.objects.values_list("sku", "stock"))
        return InventorySnapshot.objects.create(levels=levels)
