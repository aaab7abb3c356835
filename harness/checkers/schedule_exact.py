"""Each run of a schedule must be sent once, at its time: none missed, doubled or shifted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from harness.checkers.schedule_evidence import gaps
from harness.checkers.schedule_matching import Matching, Run, match, run_of
from harness.event import (
    BEAT_CRASHED,
    DATABASE_AWAY,
    DATABASE_BACK,
    DUE,
    FIRED,
    SCHEDULE,
    TRAVEL_BEGAN,
    Event,
)
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict

#: Kinds of schedules that the oracle knows; of others nobody can say when they are due.
JUDGED: Final = frozenset({"interval", "crontab", "solar", "clocked", "gone"})
#: Differences whose cause upstream is known: what happened, and near which change of clocks.
KNOWN_UPSTREAM: Final[Mapping[tuple[str, str], str]] = {
    ("missed", "repeated hour"): "https://github.com/celery/celery/issues/10107",
    ("shifted", "skipped hour"): "https://github.com/celery/celery/pull/10608",
    ("shifted", "after a skipped hour"): "https://github.com/celery/celery/issues/9653",
}


@dataclass(frozen=True, slots=True)
class ScheduleExact:
    """Compares beat's ``fired`` events with the oracle's ``due`` events.

    Unknown when evidence is missing, when nothing was due, or when a schedule is of a kind that the
    oracle does not know and no other is broken.
    """

    guarantee: ClassVar[str] = "schedule-exact"
    ignore: tuple[str, ...] = ()  # schedules that are not judged

    def check(self, history: History) -> Verdict:
        """Judge."""
        matchings = {name: match(*both) for name, both in _runs(history).items()}
        judged = {name: each for name, each in matchings.items() if name not in self.ignore}
        crashes = list(_crashes(history))
        counts = _counts(judged) | {"crashed": len(crashes)}
        if missing := self._missing(history):
            return Verdict(self.guarantee, Outcome.UNKNOWN, missing, counts)
        if any(counts[what] for what in WRONGS):
            summary = f"Not exact: {_told(counts)}, of {counts['due']} runs that were due."
            evidence = (*_crash_evidence(crashes), *_varied(_evidence(judged)))
            return Verdict(self.guarantee, Outcome.INVALID, summary, counts, evidence)
        if doubt := self._doubt(history, counts):
            return Verdict(self.guarantee, Outcome.UNKNOWN, doubt, counts)
        kept = f"All {counts['due']} runs of {len(judged)} schedules were sent once and on time."
        return Verdict(self.guarantee, Outcome.VALID, kept, counts)

    def _missing(self, history: History) -> str:
        """What must be known before anybody can be convicted."""
        if not any(event.type == TRAVEL_BEGAN for event in history):
            return "No beat travelled."
        return " ".join(gaps(history))

    def _doubt(self, history: History, counts: Mapping[str, int]) -> str:
        strange = _strange(history) - set(self.ignore)
        if strange:
            names = ", ".join(sorted(strange))
            return f"Nobody can say when these are due: {names} (a kind of schedule of their own)."
        return "" if counts["due"] else "Nothing was due."


WRONGS: Final = ("missed", "doubled", "shifted", "unexpected", "crashed")


def _strange(history: History) -> set[str]:
    return {
        event.id
        for event in history
        if event.type == SCHEDULE and event.detail["kind"] not in JUDGED
    }


def _crashes(history: History) -> Iterator[tuple[int, Event]]:
    """Each time beat ended of itself; while its database is away nobody expects it to live."""
    away = False
    for line, event in history.numbered():
        if event.type in (DATABASE_AWAY, DATABASE_BACK):
            away = event.type == DATABASE_AWAY
        elif event.type == BEAT_CRASHED and not away:
            yield line, event


def _crash_evidence(crashes: Sequence[tuple[int, Event]]) -> Iterator[Evidence]:
    """One sentence for each error, however often it came."""
    by_error: dict[str, list[tuple[int, Event]]] = {}
    for line, event in crashes:
        by_error.setdefault(event.detail["error"], []).append((line, event))
    for error, same in by_error.items():
        first, last = same[0][1].detail["at"], same[-1][1].detail["at"]
        when = f"at {first}" if len(same) == 1 else f"{len(same)} times, {first} to {last}"
        told = f"crashed: beat ended of itself {when}: {error}"
        yield Evidence(told, None, tuple(line for line, _ in same))


def _runs(history: History) -> dict[str, tuple[list[Run], list[Run]]]:
    """By schedule: what was due, and what was sent."""
    runs: dict[str, tuple[list[Run], list[Run]]] = {}
    strange = _strange(history)
    for line, event in history.numbered():
        if event.type == DUE:
            runs.setdefault(event.id, ([], []))[0].append(run_of(line, event))
        elif event.type == FIRED and event.detail["schedule"] not in strange:
            runs.setdefault(event.detail["schedule"], ([], []))[1].append(run_of(line, event))
    return runs


def _counts(matchings: Mapping[str, Matching]) -> dict[str, int]:
    all_ = matchings.values()
    return {
        "schedules": len(matchings),
        "due": sum(len(m.kept) + len(m.shifted) + len(m.missed) for m in all_),
        "sent": sum(
            len(m.kept) + len(m.shifted) + len(m.doubled) + len(m.unexpected) for m in all_
        ),
        "missed": sum(len(m.missed) for m in all_),
        "doubled": sum(len(m.doubled) for m in all_),
        "shifted": sum(len(m.shifted) for m in all_),
        "unexpected": sum(len(m.unexpected) for m in all_),
    }


def _told(counts: Mapping[str, int]) -> str:
    parts = (f"{counts[what]} {what}" for what in WRONGS)
    return ", ".join(part for part in parts if not part.startswith("0 "))


def _evidence(matchings: Mapping[str, Matching]) -> Iterator[Evidence]:
    for name, matching in matchings.items():
        for due in matching.missed:
            yield _case("missed", name, due, None)
        for due, sent in matching.shifted:
            yield _case("shifted", name, due, sent)
        for due, sent in matching.doubled:
            yield _case("doubled", name, due, sent)
        for sent in matching.unexpected:
            at = sent.event.detail["at"]
            sentence = f"unexpected: {name}, sent at {at}, when nothing was due."
            yield Evidence(sentence, sent.event.id, (sent.line,))


def _varied(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """The first case of each kind in each schedule, then the others: a terminal shows few."""
    seen: set[str] = set()
    others: list[Evidence] = []
    for each in evidence:
        kind = each.sentence.partition(",")[0]
        if kind in seen:
            others.append(each)
        else:
            seen.add(kind)
            yield each
    yield from others


def _case(what: str, name: str, due: Run, sent: Run | None) -> Evidence:
    detail = due.event.detail
    happened = "was not sent"
    if sent is not None:
        seconds = sent.at - due.at
        happened = f"was sent {_span(abs(seconds))} {'late' if seconds > 0 else 'early'}"
        if what == "doubled":
            happened = "was sent once more" + (f" {_span(seconds)} later" if seconds > 1 else "")
    made_up = detail.get("made_up")
    why = f" (owed after beat's absence: {made_up})" if made_up else ""
    change = detail.get("change", "")
    sentence = f"{what}: {name}, due {detail['local']} ({detail['at']}){why}, {happened}"
    sentence += f"; {change}" if change else ""
    known = KNOWN_UPSTREAM.get((what, change))
    sentence += f"; known upstream: {known}" if known else ""
    lines = (due.line,) if sent is None else (due.line, sent.line)
    return Evidence(sentence + ".", sent.event.id if sent else None, lines)


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes), f"{rest} s" * bool(rest)]
    return " ".join(part for part in parts if part)
