"""Released pairs with defects of their schedule are convicted, and the others acquitted."""

import pytest

from benchmarks.beat_releases import RELEASES, cases, travel
from tests.targets.environments import interpreter


@pytest.mark.slow  # each makes an environment of its own
@pytest.mark.parametrize(
    ("beat", "window", "zone", "outcome", "said"),
    [
        # Python 3.9: whatever of ours runs inside must run there
        ("2.2.1", "plain", "Europe/Berlin", "valid", ""),
        # https://github.com/celery/celery/issues/9653
        ("2.2.1", "spring", "UTC", "invalid", "shifted: Europe/Berlin at 7"),
        # https://github.com/celery/celery/issues/7649: one entry holds up all others
        ("2.2.1", "autumn", "UTC", "invalid", "shifted: every 50 minutes"),
        # https://github.com/celery/django-celery-beat/issues/956
        ("2.8.0", "plain", "UTC", "invalid", "missed: UTC at 7"),
        ("2.8.1", "plain", "UTC", "valid", ""),
    ],
)
def test_a_release_is_judged_by_what_it_sends(
    beat: str, window: str, zone: str, outcome: str, said: str
) -> None:
    release = next(each for each in RELEASES if each.beat == beat)
    python = interpreter(release.python, release.requirements)
    judgement = travel(python, window, zone, "icalendar")
    assert judgement["outcome"] == outcome, judgement
    assert said in "\n".join(cases(judgement))
