"""Files to import."""

import contextlib
import tempfile


@contextlib.contextmanager
def csv_file(*lines, header="sku,name,price"):
    """The path of a CSV file with these lines."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("\n".join((header, *lines)) + "\n")
        file.flush()
        yield file.name
