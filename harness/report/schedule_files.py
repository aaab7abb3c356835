"""The pictures of a travel as files, PNG and SVG, in the run directory's ``pictures``."""

from pathlib import Path
from typing import Final

from harness.history import read
from harness.report.schedule_pictures import drawings
from harness.report.schedule_series import schedule_series
from harness.report.svg import drawing

FOLDER: Final = "pictures"
DOTS_PER_INCH: Final = 150


def write(run_dir: Path) -> list[Path]:
    """Draw every travel in the run directory's history; returns the files."""
    written = []
    for part in read(run_dir / "history.jsonl").scenarios().values():
        series = schedule_series(part)
        if series is None:
            continue
        folder = run_dir / FOLDER
        folder.mkdir(exist_ok=True)
        with drawing():
            for each in drawings(series):
                for suffix in ("png", "svg"):
                    path = folder / f"{each.name}.{suffix}"
                    each.figure.savefig(path, dpi=DOTS_PER_INCH, facecolor="white")
                    written.append(path)
    return written
