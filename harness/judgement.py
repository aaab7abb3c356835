"""What a run comes to: one judgement per scenario, one for the whole, stored as verdict.json."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from harness.errors import CrucibleError, Exit
from harness.verdict import Evidence, Outcome, Verdict, merge

SCHEMA: Final = "crucible/verdict"
VERSION: Final = 1
FILE_NAME: Final = "verdict.json"

_EXITS: Final = {
    Outcome.VALID: Exit.VALID,
    Outcome.INVALID: Exit.BROKEN,
    Outcome.UNKNOWN: Exit.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class ScenarioJudgement:
    """One scenario's verdicts, and what it takes to run it again."""

    name: str  # as in the history's `scenario` event
    title: str  # one line for people
    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    seed: int
    repeat: str  # the command that runs it again
    started_wall_ns: int  # nanoseconds since 1970, UTC
    duration_s: float
    error: str | None = None  # why the scenario itself did not run to its end

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        verdicts: Iterable[Verdict],
        *,
        seed: int,
        repeat: str,
        started_wall_ns: int,
        duration_s: float,
        error: str | None = None,
    ) -> "ScenarioJudgement":
        """The judgement these verdicts come to; a scenario with an error is never valid."""
        judged = tuple(verdicts)
        doubt = [Outcome.UNKNOWN] if error else []
        outcome = merge([verdict.counted for verdict in judged] + doubt)
        return cls(name, title, outcome, judged, seed, repeat, started_wall_ns, duration_s, error)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A scenario that was not tried, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SuiteJudgement:
    """What all scenarios of a suite come to together, where each of them had its turn."""

    name: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RunJudgement:
    """The judgement of a whole run; its JSON is the contract of ``verdict.json``."""

    suite: str
    outcome: Outcome
    scenarios: tuple[ScenarioJudgement, ...]
    # Guarantees declared as known weaknesses that held wherever they were declared.
    known_weaknesses_gone: tuple[str, ...] = ()
    aborted: bool = False
    skipped: tuple[Skipped, ...] = ()
    suites: tuple[SuiteJudgement, ...] = ()

    @classmethod
    def of(
        cls,
        suite: str,
        scenarios: Iterable[ScenarioJudgement],
        *,
        aborted: bool = False,
        skipped: Iterable[Skipped] = (),
        suites: Iterable[SuiteJudgement] = (),
    ) -> "RunJudgement":
        """The judgement these scenarios come to; an aborted run is never valid."""
        judged, whole = tuple(scenarios), tuple(suites)
        # An aborted run has not tried every scenario, so it cannot say that a weakness is gone.
        gone = () if aborted else weaknesses_gone(judged)
        outcomes = [scenario.outcome for scenario in judged]
        outcomes += [suite.verdict.counted for suite in whole]
        outcomes += [Outcome.UNKNOWN] if aborted else []
        outcomes += [Outcome.INVALID] if gone else []
        return cls(suite, merge(outcomes), judged, gone, aborted, tuple(skipped), whole)

    @property
    def exit_code(self) -> Exit:
        """0 valid, 1 invalid, 3 unknown, 4 aborted (whatever was found before)."""
        return Exit.ABORTED if self.aborted else exit_of(self.outcome)

    def to_json(self) -> str:
        """The text of ``verdict.json`` (see docs/verdict-schema.md)."""
        head = {"schema": SCHEMA, "version": VERSION, "exit_code": int(self.exit_code)}
        body = asdict(self)
        verdicts = [v for scenario in body["scenarios"] for v in scenario["verdicts"]]
        for verdict in [*verdicts, *(suite["verdict"] for suite in body["suites"])]:
            verdict["counts"] = dict(verdict["counts"])
        return json.dumps(head | body, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, source: str = FILE_NAME) -> "RunJudgement":
        """Read a stored judgement; ``source`` names it in errors.

        Raises:
            CrucibleError: no verdict, a damaged one, or one from a newer Crucible.
        """
        fields = _checked(text, source)
        try:
            return _run(fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CrucibleError(
                f"{source} is damaged: {type(error).__name__}: {error}.",
                hint="Judge the run again: crucible check RUN_DIR.",
            ) from error


def exit_of(outcome: Outcome) -> Exit:
    """The exit code that says an outcome."""
    return _EXITS[outcome]


def weaknesses_gone(scenarios: Iterable[ScenarioJudgement]) -> tuple[str, ...]:
    """Strictly declared weaknesses whose guarantee was valid in every scenario declaring them."""
    declared: dict[str, list[Verdict]] = {}
    for scenario in scenarios:
        for verdict in scenario.verdicts:
            if verdict.known_weakness:
                declared.setdefault(verdict.guarantee, []).append(verdict)
    return tuple(
        guarantee
        for guarantee, verdicts in declared.items()
        if all(verdict.outcome is Outcome.VALID for verdict in verdicts)
        and any(verdict.strict_weakness for verdict in verdicts)
    )


def store(run_dir: Path, judgement: RunJudgement) -> Path:
    """Write ``verdict.json`` into the run directory."""
    path = run_dir / FILE_NAME
    path.write_text(judgement.to_json(), encoding="utf-8", errors="replace")
    return path


def load(run_dir: Path) -> RunJudgement:
    """Read the run directory's ``verdict.json``.

    Raises:
        CrucibleError: it is missing, damaged, or was written by a newer Crucible.
    """
    path = run_dir / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CrucibleError(
            f"Cannot read the verdict {path}: {reason}.",
            hint="Name a run directory; if it holds a history, judge it: crucible check RUN_DIR.",
        ) from error
    return RunJudgement.from_json(text, source=str(path))


def _checked(text: str, source: str) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = json.loads(text)
        schema, version = fields["schema"], int(fields["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise CrucibleError(
            f"{source} is not a verdict: it does not name its schema.",
            hint="Name a run directory that Crucible wrote.",
        ) from error
    if schema != SCHEMA:
        raise CrucibleError(f"{source} holds {schema!r}, not {SCHEMA!r}.", hint="Name a verdict.")
    if version > VERSION:
        raise CrucibleError(
            f"{source} was written by a newer Crucible: its verdict has version {version}, "
            f"this one reads up to {VERSION}.",
            hint="Upgrade celery-crucible, then read it again.",
        )
    return fields


def _run(fields: Mapping[str, Any]) -> RunJudgement:
    return RunJudgement(
        suite=fields["suite"],
        outcome=Outcome(fields["outcome"]),
        scenarios=tuple(_scenario(each) for each in fields["scenarios"]),
        known_weaknesses_gone=tuple(fields["known_weaknesses_gone"]),
        aborted=fields["aborted"],
        skipped=tuple(Skipped(**each) for each in fields.get("skipped", ())),
        suites=tuple(
            SuiteJudgement(each["name"], _verdict(each["verdict"]))
            for each in fields.get("suites", ())
        ),
    )


def _scenario(fields: Mapping[str, Any]) -> ScenarioJudgement:
    return ScenarioJudgement(
        name=fields["name"],
        title=fields["title"],
        outcome=Outcome(fields["outcome"]),
        verdicts=tuple(_verdict(each) for each in fields["verdicts"]),
        seed=fields["seed"],
        repeat=fields["repeat"],
        started_wall_ns=int(fields["started_wall_ns"]),
        duration_s=float(fields["duration_s"]),
        error=fields["error"],
    )


def _verdict(fields: Mapping[str, Any]) -> Verdict:
    return Verdict(
        guarantee=fields["guarantee"],
        outcome=Outcome(fields["outcome"]),
        summary=fields["summary"],
        counts={key: int(count) for key, count in fields["counts"].items()},
        evidence=tuple(
            Evidence(each["sentence"], each["operation"], tuple(int(n) for n in each["lines"]))
            for each in fields["evidence"]
        ),
        known_weakness=fields["known_weakness"],
        strict_weakness=fields["strict_weakness"],
    )
