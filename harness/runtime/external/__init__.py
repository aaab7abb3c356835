"""The external runtime: a system that already runs elsewhere, and is left as it was found.

Of a whole stack only the node ``client`` is Crucible's own, a process of this machine. What is
known of the others the target file says (``harness/external.py``); what it does not say is refused
by name, and never guessed.
"""
