"""What a travel needs and nothing more: the target's database, its services, and the driver.

No broker and no links: beat publishes to a broker in its own memory (see ``crucible_beat_work``).
"""

import argparse
import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from harness import database_baseline, effects, infrastructure, versions
from harness.beat import freezing
from harness.beat.plan import TravelPlan
from harness.cleaning import reset_services
from harness.errors import CrucibleError, Exit
from harness.event import NODE_EXITED, Event
from harness.node import Done, NodeSpec
from harness.plan import Planner
from harness.prepare import database_directory
from harness.recorder import Recorder
from harness.run_directory import RunDirectory
from harness.runtime import scratch
from harness.runtime.command import run_command
from harness.runtime.local_site import LocalSite
from harness.runtime.processes import Processes
from harness.servers import postgres
from harness.servers.cache import Progress, silent
from harness.servers.find import Server
from harness.target import Beat, Target
from harness.wiring import BROKER_VARIABLES, DATABASE, Wiring

INSIDE = Path(__file__).resolve().parent / "inside"
DRIVER = "beat-driver"
MEMORY = "memory://"
READY_SECONDS_MAX = 120.0
STALL_SECONDS_MAX = 180.0  # without a single event: it hangs
COMMAND_SECONDS_MAX = 60.0
FAKED_SECONDS_MAX = 120.0


def _anything() -> None:
    """Admit whatever it is."""


@dataclass(slots=True)
class Bench:
    """A place for travels, one after the other, on one database. Make one with ``opened``."""

    target: Target
    recorder: Recorder
    wiring: Wiring
    processes: Processes
    run_dir: Path
    serves: bool = False  # the target's services are up
    travels: int = 0
    overrides: dict[str, str] = field(default_factory=dict)  # in place of the target's own

    def travel(self, plan: TravelPlan, admit: Callable[[], None] = _anything) -> int:
        """Travel to the plan's end; returns the driver's exit code (negative: a signal).

        ``admit`` is called once the rows are known, and may raise what makes the travel useless.

        Raises:
            CrucibleError: the driver did not start, or hangs; or ``admit`` raised it.
        """
        self.travels += 1
        name = DRIVER if self.travels == 1 else f"{DRIVER}-{self.travels}"
        node = self.processes.node(self._spec(name, plan))
        assert node.spec.probe_file
        self.recorder.follow(node.spec.probe_file)
        exits: list[Event] = []

        def heard(event: Event) -> None:
            if event.type == NODE_EXITED and event.id == name:
                exits.append(event)

        self.recorder.listen(heard)
        try:
            node.start()
            node.retire()  # from now on its end is what we wait for
            admit()
            self._await_end(exits)
        finally:
            node.stop()
            self.recorder.unlisten(heard)
        self.recorder.gather()
        return int(exits[0].detail["code"])

    def has_rows(self) -> bool:
        """Whether the schedule lies in a database, where its rows can be changed on the way.

        Raises:
            CrucibleError: the target's application cannot be loaded.
        """
        folder = Path(self.wiring.site.paths.scratch)
        scheduler = scheduler_option(self.target.beat)
        words = [str(INSIDE / "crucible_beat.py"), "--where", self.target.app]
        done = run_command(
            [str(self.target.python), *words, *([scheduler] if scheduler else [])],
            self.target.directory,
            self._environment(folder),
            COMMAND_SECONDS_MAX,
        )
        if done.code:
            raise CrucibleError(
                f"The target's application cannot be loaded:\n{done.errors[-800:]}",
                hint="It must load where `celery beat` is started.",
            )
        return done.output.split()[-1:] == ["rows"]

    def clean(self) -> None:
        """Put the database back as set-up left it, for the next travel; services forget.

        Raises:
            CrucibleError: a service does not answer.
        """
        if self.serves:
            reset_services(self.wiring)
        if self.target.database:
            database_baseline.restore(self.database_url)
        for file in Path(self.wiring.site.paths.scratch).glob("celerybeat-schedule*"):
            file.unlink()

    @property
    def database_url(self) -> str:
        """Where the database is."""
        address = self.wiring.servers[DATABASE].outside
        return postgres.url(address.port, address.host)

    def run(self, argv: Sequence[str], seconds_max: float) -> Done:
        """Run a command of the target's, where it sees the bench's database and services.

        Raises:
            TimeoutError: it took longer.
            OSError: it cannot be started.
        """
        environment = self.wiring.direct_environment()
        return run_command(argv, self.target.directory, environment, seconds_max)

    def read_effects(self, reading: effects.Reading) -> int:
        """Read what the world looks like, by the target's own command; how many effects."""
        return effects.record(self.wiring, self.run, self.recorder, reading)

    def versions(self) -> dict[str, str]:
        """Of what the target's interpreter has."""
        question = versions.question(str(self.target.python))
        return versions.answer(self.run(question, COMMAND_SECONDS_MAX).output)

    def faked(self, start: datetime, speed: int, enough: Callable[[list[Event]], bool]) -> None:
        """Let the real ``celery beat`` run from ``start`` at ``speed`` times the speed of time.

        Until ``enough`` says so of what it recorded: ``node-ready``, then ``fired``, each with the
        faked time it had. Needs libfaketime.

        Raises:
            CrucibleError: there is no libfaketime, beat does not start, or it is never enough.
        """
        faketime = find_faketime()
        self.travels += 1
        name = f"beat-faked-{self.travels}"
        folder = Path(self.wiring.site.paths.scratch)
        probe_file = self.run_dir / "nodes" / f"{name}.probe.jsonl"
        evidence = {"CRUCIBLE_NODE": name, "CRUCIBLE_PROBE_FILE": str(probe_file), "TZ": "UTC"}
        beat = self.target.beat
        argv = (
            *(faketime, "-f", f"@{start.astimezone(UTC):%Y-%m-%d %H:%M:%S} x{speed}"),
            *(str(self.target.python), str(INSIDE / "crucible_beat_faked.py")),
            *("-A", self.target.app, "beat", "--pidfile=", f"--schedule={folder / name}"),
            *shlex.split(beat.arguments if beat else ""),
        )
        environment = {**self._environment(folder), **evidence}
        node = self.processes.node(
            NodeSpec(name, argv, self.target.directory, environment, probe_file=probe_file)
        )
        self.recorder.follow(probe_file)
        node.start()
        try:
            seen = partial(self._seen, name, enough)
            if not self.recorder.wait_for(seen, FAKED_SECONDS_MAX):
                raise CrucibleError(
                    f"At {speed} times the speed beat did not send what was waited for.",
                    hint=f"See {node.log}.",
                    exit_code=Exit.UNKNOWN,
                )
        finally:
            node.stop()

    def _seen(self, name: str, enough: Callable[[list[Event]], bool]) -> bool:
        return enough([event for event in self.recorder.events if event.node == name])

    def _await_end(self, exits: Sequence[Event]) -> None:
        while not exits:
            going_on = partial(self._goes_on, exits, len(self.recorder.events))
            if not self.recorder.wait_for(going_on, STALL_SECONDS_MAX):
                raise CrucibleError(
                    f"The travelling beat did nothing for {STALL_SECONDS_MAX:.0f} s.",
                    hint=f"See its log in {self.run_dir / 'nodes'}.",
                    exit_code=Exit.UNKNOWN,
                )

    def _goes_on(self, exits: Sequence[Event], seen: int) -> bool:
        return bool(exits) or len(self.recorder.events) > seen

    def _spec(self, name: str, plan: TravelPlan) -> NodeSpec:
        folder = Path(self.wiring.site.paths.scratch)
        file = folder / f"{name}.plan.json"
        schedule_file = str(folder / "celerybeat-schedule")
        scheduler = scheduler_option(self.target.beat)
        file.write_text(plan.to_json(self.target.app, scheduler, schedule_file), encoding="utf-8")
        probe_file = self.run_dir / "nodes" / f"{name}.probe.jsonl"
        evidence = {"CRUCIBLE_NODE": name, "CRUCIBLE_PROBE_FILE": str(probe_file)}
        environment = self._environment(folder) | evidence
        argv = (str(self.target.python), str(INSIDE / "crucible_beat.py"), str(file))
        return NodeSpec(
            name,
            argv,
            self.target.directory,
            environment,
            ready_seconds_max=READY_SECONDS_MAX,
            probe_file=probe_file,
        )

    def _environment(self, folder: Path) -> dict[str, str]:
        return {
            "TZ": "UTC",  # the machine's; Django sets its own
            **self.wiring.unlinked_environment(),
            **self.overrides,
            freezing.NEEDS_VARIABLE: str(freezing.needs(folder)),
            "PYTHONPATH": self._python_path(folder),
        }

    def _python_path(self, folder: Path) -> str:
        theirs = self.wiring.environment().get("PYTHONPATH")
        ours = [str(INSIDE), str(freezing.directory(folder))]
        return os.pathsep.join([*ours, *([theirs] if theirs else [])])


def scheduler_option(beat: Beat | None) -> str | None:
    """The scheduler that the target's beat is started with, if its arguments name one."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-S", "--scheduler")
    known, _ = parser.parse_known_args(shlex.split(beat.arguments) if beat else [])
    scheduler: str | None = known.scheduler
    return scheduler


def find_faketime() -> str:
    """The command ``faketime``.

    Raises:
        CrucibleError: there is none.
    """
    found = shutil.which("faketime")
    if found is None:
        raise CrucibleError(
            "There is no `faketime`, which speeds up the clock of a whole process.",
            hint="Install the package faketime (libfaketime) of your system.",
        )
    return found


def needed_servers(target: Target) -> tuple[str, ...]:
    """The servers that a bench needs."""
    return ("postgres",) if target.database else ()


@contextmanager
def opened(
    target: Target,
    variant: str | None,
    servers: Mapping[str, Server],
    directory: RunDirectory,
    recorder: Recorder,
    *,
    services: bool = False,
    progress: Progress = silent,
) -> Iterator[Bench]:
    """A bench that is there inside the block; with the target's ``services`` if bodies shall run.

    Raises:
        CrucibleError: the target has no beat, or its database or a service does not start.
    """
    target = with_frozen_environment(target)
    space = scratch.directory()
    processes = Processes(recorder, directory.nodes)
    processes.remove_at_end(space)
    site = LocalSite(target, directory.path, space, {})
    try:
        wiring = Wiring(target, variant, site)
        bench = Bench(target, recorder, wiring, processes, directory.path)
        bench.overrides = dict.fromkeys(BROKER_VARIABLES, MEMORY)
        if target.database:
            _start_database(bench, servers["postgres"], directory, progress)
        for spec in Planner(wiring, directory.path).services() if services else ():
            processes.node(spec).start()
        bench.serves = services
        yield bench
    finally:
        processes.close()
        site.close()


def with_frozen_environment(target: Target) -> Target:
    """The target with the variables that it sets where time is frozen.

    Raises:
        CrucibleError: it has no beat.
    """
    if target.beat is None:
        raise CrucibleError(
            f"The target {target.name!r} has no beat, so there is no schedule to drive.",
            hint=f"Add a [beat] table to {target.file}, or name another target with --target.",
        )
    merged = {**target.environment, **target.beat.frozen_environment}
    return target.model_copy(update={"environment": merged})


def _start_database(
    bench: Bench, server: Server, directory: RunDirectory, progress: Progress
) -> None:
    wiring = bench.wiring
    space = Path(wiring.site.paths.scratch)

    def prepare(progress: Progress) -> None:
        database_directory(
            bench.target,
            server,
            wiring.settings(),
            wiring.environment(),
            space / "database",
            directory.path.parent.parent,
            progress,
        )

    address = wiring.servers[DATABASE].bind
    spec = infrastructure.postgres(server, address, space / "database", space, prepare)
    prepare(progress)
    bench.processes.node(spec).start()
