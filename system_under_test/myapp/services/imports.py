"""Reading the files of products that users hand in."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

COLUMNS = ("sku", "name", "price")


class BadImportError(ValueError):
    """The file cannot be imported; the message is for its user."""


@dataclass(frozen=True)
class Row:
    line: int
    sku: str
    name: str
    price: Decimal


def read_rows(file_path: str) -> Iterator[Row]:
    """The rows, one by one as they are read. Raises BadImportError at the first bad one."""
    try:
        with open(file_path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise BadImportError(f"the first line must be {','.join(COLUMNS)}")
            for fields in reader:
                yield _row(reader.line_num, fields)
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadImportError(f"the file cannot be read: {problem}") from problem


def _row(line: int, fields: dict[str, str]) -> Row:
    try:
        price = Decimal(fields["price"] or "")
    except InvalidOperation:
        raise BadImportError(f"line {line}: {fields['price']!r} is not a price") from None
    if not fields["sku"] or not price.is_finite() or not 0 <= price < 10**8:
        raise BadImportError(f"line {line}: a SKU and a sensible price are needed")
    return Row(line, fields["sku"][:40], (fields["name"] or "")[:100], price)
