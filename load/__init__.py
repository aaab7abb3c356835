"""Load: Locust drives the system, and the history says how it fared.

``crucible load`` (``commands/``) runs the stack and a control server (``control/``) in Crucible's
own process; Locust runs in a process of its own (``locustfile.py``, ``generator/``), since gevent
patches whatever process imports it.
"""
