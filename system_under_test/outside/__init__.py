"""The world outside the shop, as real servers: mail, customer records, payments.

Each serves on one port and is questioned on another: its ledger (what happened) and its behaviour
(how it shall answer from now on). The second port is never in the way of a fault.
"""
