"""Shapes: how many arrivals a second are meant at each moment of a load."""

import math
from typing import Any, ClassVar

from locust import LoadTestShape

from load.shape import Shape


class CrucibleShape(LoadTestShape):
    """Follows the shape that ``crucible load`` was asked for."""

    abstract = True
    shape: ClassVar[Shape]
    per_user: ClassVar[float] = 1.0  # arrivals a second of one user

    def tick(self) -> tuple[int, float] | None:
        """Users wanted now, all at once; None when the load has ended."""
        rate = self.shape.rate_at(self.get_run_time())
        if rate is None:
            return None
        users = math.ceil(rate / self.per_user - 1e-9)
        return users, max(1.0, float(users))


def shape_class(plan: dict[str, Any]) -> type[CrucibleShape]:
    """The class that Locust looks for in its locustfile."""
    chosen = Shape(**plan)
    return type("Chosen", (CrucibleShape,), {"shape": chosen, "per_user": chosen.per_user})
