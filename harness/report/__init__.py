"""What people read of a run: one offline page, and JUnit's XML for machines."""

from pathlib import Path


def write(run_dir: Path) -> Path:
    """Build ``report.html`` from the run directory's history and verdict; returns its path.

    Raises:
        CrucibleError: the history or the verdict is missing, damaged, or newer than this Crucible.
    """
    # Matplotlib takes most of a second to import: only those who want the page pay for it.
    from harness.report.page import write as write_page

    return write_page(run_dir)


def draw(run_dir: Path) -> list[Path]:
    """Draw the run's travels as PNG and SVG files; see ``harness.report.schedule_files``."""
    from harness.report import schedule_files

    return schedule_files.write(run_dir)
