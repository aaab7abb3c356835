"""``load.json``: percentiles of each stage of each task, beside the run directory's other files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from load.control.timings import Timings

FILE_NAME: Final = "load.json"


def write(run_dir: Path, timings: "Timings") -> None:
    """Write what the histograms hold."""
    timings.catch_up()
    text = json.dumps({"stages": timings.summary(), "seconds": timings.series()}, indent=1)
    (run_dir / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def read(run_dir: Path) -> list[dict[str, Any]]:
    """The rows by stage and task."""
    content = json.loads((run_dir / FILE_NAME).read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = content["stages"]
    return rows
