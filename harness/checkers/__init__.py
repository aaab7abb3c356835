"""Checkers: each judges one guarantee over a history; ``build`` one by name, ``judge`` with it."""

from harness.checkers.checker import Checker, judge
from harness.checkers.registry import REGISTRY, build

__all__ = ["REGISTRY", "Checker", "build", "judge"]
