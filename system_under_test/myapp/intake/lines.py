"""What an order is made of before it is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from myapp.models import Order, OrderItem, Product


@dataclass(frozen=True)
class Line:
    product: Product
    quantity: int


def total(lines: Sequence[Line]) -> Decimal:
    return sum((line.product.price * line.quantity for line in lines), Decimal(0))


def items(order: Order, lines: Sequence[Line]) -> list[OrderItem]:
    return [
        OrderItem(
            order=order, product=line.product, quantity=line.quantity, price=line.product.price
        )
        for line in lines
    ]
