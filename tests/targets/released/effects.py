"""Prints what the tasks have brought about: the keys in the ledger."""

import json

from released import LEDGER

if LEDGER.is_dir():
    for noted in sorted(LEDGER.iterdir()):
        print(json.dumps({"effect": "done", "key": noted.name, "amount": 1}))
