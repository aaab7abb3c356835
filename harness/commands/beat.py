"""``crucible beat``: drive the target's scheduler through months of frozen time, and judge it."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from harness import report, run_directory
from harness.beat import bench as benches
from harness.beat import travel as travels
from harness.beat.bench import Bench
from harness.beat.oracle.dst_policy import DstPolicy
from harness.beat.oracle.row import zone_info
from harness.beat.plan import TravelPlan
from harness.commands.options import (
    InterpreterOption,
    ReportsOption,
    TargetOption,
    VariantOption,
    stack_settings,
)
from harness.commands.progress import live
from harness.commands.rendering import render_judgement
from harness.errors import CrucibleError
from harness.event import FIRED, Event
from harness.judgement import RunJudgement, store
from harness.recorder import Recorder
from harness.report import junit
from harness.run_directory import REPORTS, RunDirectory
from harness.scenario import NotKeptError
from harness.servers.install import ensure
from harness.stack import StackSettings

SUITE = "beat"


def beat(
    start: Annotated[
        str, typer.Option("--from", metavar="DATE", help="first day, or date and time")
    ],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="the end, itself not included")],
    tz: Annotated[
        str | None,
        typer.Option("--tz", help="time zone, instead of the target's own `timezone` setting"),
    ] = None,
    dst_policy: Annotated[
        DstPolicy,
        typer.Option(help="what a skipped or repeated hour means: see docs/beat.md"),
    ] = DstPolicy.CRON,
    target: TargetOption = None,
    variant: VariantOption = None,
    interpreter: InterpreterOption = None,
    reports: ReportsOption = REPORTS,
    json: Annotated[bool, typer.Option("--json", help="print verdict.json instead")] = False,
) -> None:
    """Drive the target's real beat through a year in a minute, and say which runs went wrong.

    Example: [bold]crucible beat --from 2026-01-01 --to 2027-01-01 --tz Europe/Berlin[/bold]
    """
    console = Console(stderr=json)
    plan = _plan(start, end, tz)
    settings = stack_settings(target, variant, interpreter=interpreter)
    benches.with_frozen_environment(settings.target)  # refuses a target without beat
    directory, judgement = _run(console, settings, plan, dst_policy, reports, (start, end))
    if json:
        typer.echo(judgement.to_json(), nl=False)
    else:
        render_judgement(console, judgement)
        console.print(f"Report: {directory.report}", soft_wrap=True, highlight=False)
    raise typer.Exit(int(judgement.exit_code))


def _run(
    console: Console,
    settings: StackSettings,
    plan: TravelPlan,
    policy: DstPolicy,
    reports: Path,
    words: tuple[str, str],
) -> tuple[RunDirectory, RunJudgement]:
    target, variant = settings.target, settings.variant
    with live(console) as progress:
        servers = ensure(benches.needed_servers(target), progress)
    directory = run_directory.create(SUITE, reports)
    recorder = Recorder(directory.history).start()
    try:
        with benches.opened(target, variant, servers, directory, recorder) as bench:
            travel = _travel(bench, settings, plan, policy, words)
            travel.begin()
            with _bar(console, recorder, plan):
                code = travel.go(plan)
            if code:
                raise travels.failed(code, (directory.nodes / "beat-driver.log").read_text())
            travel.expect(plan.end)
            travel.guarantees = travels.promised(travel.events())
            with contextlib.suppress(NotKeptError):
                travel.judge()
            assert travel.judgement
            told = travels.run_settings(bench, variant, [travel])
    finally:
        recorder.close()
    judgement = RunJudgement.of(SUITE, [travel.judgement])
    store(directory.path, judgement)
    directory.write_settings({**told, "travel": _told(plan, policy)})
    junit.write(directory.path, judgement)
    report.draw(directory.path)
    report.write(directory.path)
    return directory, judgement


def _travel(
    bench: Bench,
    settings: StackSettings,
    plan: TravelPlan,
    policy: DstPolicy,
    words: tuple[str, str],
) -> travels.Travel:
    line = ["--from", words[0], "--to", words[1], "--dst-policy", str(policy)]
    line += ["--tz", plan.zone] if plan.zone else []
    title = f"{words[0]} to {words[1]}" + (f" in {plan.zone}" if plan.zone else "")
    repeat = travels.command(settings, line)
    bench.overrides |= {"CRUCIBLE_BEAT_TIMEZONE": plan.zone} if plan.zone else {}
    return travels.Travel(SUITE, title, bench, policy, repeat)


def _told(plan: TravelPlan, policy: DstPolicy) -> dict[str, str]:
    return {
        "from": plan.start.isoformat(),
        "to": plan.end.isoformat(),
        "zone": plan.zone or "the target's own",
        "dst_policy": str(policy),
    }


def _plan(start: str, end: str, tz: str | None) -> TravelPlan:
    zone = zone_info(tz, "--tz") if tz else UTC
    first, last = _moment(start, "--from", zone), _moment(end, "--to", zone)
    if last <= first:
        raise CrucibleError(
            f"The end, {end}, is not after the beginning, {start}.",
            hint="Give a later --to; it is not included itself.",
        )
    return TravelPlan(first, last, tz)


def _moment(text: str, option: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CrucibleError(
            f"{option} {text!r} is no date.", hint="Such as 2026-01-01, or 2026-01-01T12:00."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@contextmanager
def _bar(console: Console, recorder: Recorder, plan: TravelPlan) -> Iterator[None]:
    """A bar that shows how far beat has travelled, and how many runs it has sent."""
    if not console.is_terminal:
        console.print(f"travelling from {plan.start} to {plan.end}", highlight=False, markup=False)
        yield
        return
    columns = (
        TextColumn("{task.fields[day]}"),
        BarColumn(),
        TextColumn("{task.fields[sent]:,} runs"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        seconds = (plan.end - plan.start).total_seconds()
        task = progress.add_task("", total=seconds, day=str(plan.start.date()), sent=0)
        sent = 0

        def heard(event: Event) -> None:
            nonlocal sent
            if event.type == FIRED:
                sent += 1
                if sent % 100 == 0:
                    at = datetime.fromisoformat(event.detail["at"])
                    done = (at - plan.start).total_seconds()
                    progress.update(task, completed=done, day=str(at.date()), sent=sent)

        recorder.listen(heard)
        try:
            yield
        finally:
            recorder.unlisten(heard)
