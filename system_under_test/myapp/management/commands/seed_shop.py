"""Fills an empty shop: products, an administrator and a customer. Running it again adds nothing."""

from decimal import Decimal

from django.core.management.base import BaseCommand

from myapp.models import Product, User

STOCK = 1_000_000
PRODUCTS = {
    "ANVIL": ("Anvil", "129.00"),
    "BELLOWS": ("Bellows", "54.50"),
    "CRUCIBLE": ("Crucible", "39.90"),
    "HAMMER": ("Hammer", "24.95"),
    "TONGS": ("Tongs", "18.00"),
}


class Command(BaseCommand):
    help = "Makes five products and the users admin (password admin) and customer (customer)."

    def handle(self, *args, **options):
        for sku, (name, price) in PRODUCTS.items():
            fields = {"name": name, "price": Decimal(price), "stock": STOCK}
            Product.objects.get_or_create(sku=sku, defaults=fields)
        _user("admin", is_staff=True, is_superuser=True)
        _user("customer")
        self.stdout.write("the shop is open")


def _user(name: str, **flags: bool) -> None:
    """A user whose password is the name, and who gets no digest: the shop's own, not a customer."""
    if not User.objects.filter(username=name).exists():
        User.objects.create_user(
            name,
            f"{name}@shop.example",
            name,
            email_preferences={"weekly_digest": False},
            **flags,
        )
