"""Tests of the shop itself: ``manage.py test``, once for each variant.

No broker and no server is needed: what would be enqueued is noted, what would be asked of the
outside world is answered by a script.
"""
