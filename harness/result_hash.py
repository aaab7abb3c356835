"""What a task returned, as a short text that tells one result from another."""

import hashlib
import json
from typing import Any, Final

DIGITS: Final = 16


def result_hash(result: Any) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the result's JSON, keys sorted.

    What JSON does not know is hashed by its ``repr``.
    """
    text = json.dumps(result, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
