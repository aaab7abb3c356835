"""pytest-celery's classes over the nodes of a target's stack.

A scenario has them as the fixtures of ``fixtures.py``; needs the extra ``pytest-celery``.
"""
