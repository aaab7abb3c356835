import collections
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.servers import diagnosis
from harness.servers.catalog import REDIS
from harness.servers.diagnosis import Finding

Program = Callable[[str, str], Path]


def by_part(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.part: finding for finding in findings}


def test_a_fresh_machine_lacks_the_servers_only(empty_cache: Path) -> None:
    # Given a fresh machine, When it is looked at
    found = by_part(diagnosis.diagnose())
    # Then exactly the servers are missing, and they are what an installation would bring
    bad = {part for part, finding in found.items() if finding.bad}
    assert bad == {"Redis", "PostgreSQL", "Toxiproxy"}
    assert diagnosis.missing() == ["redis", "postgres", "toxiproxy"]
    # And what Crucible cannot install is wanted by nobody who does not ask for it
    assert found["RabbitMQ"].state == "note"
    assert "apt-get install rabbitmq-server" in found["RabbitMQ"].notes[1]


def test_what_is_there_is_shown_with_version_and_origin(warm_cache: Path) -> None:
    # Given installed servers, When one looks, Then they are fine
    redis = by_part(diagnosis.diagnose())["Redis"]
    assert (redis.state, redis.version, redis.minimum, redis.origin) == (
        "ok",
        "9.1.2",
        "6.2",
        "cache",
    )
    assert diagnosis.missing() == ["toxiproxy"]


def test_a_wrong_configuration_is_not_to_be_installed_over(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a configured path that does not exist
    monkeypatch.setenv(REDIS.variable, "/no/such")
    # When one looks, Then it is wrong, and an installation would not touch it
    redis = by_part(diagnosis.diagnose())["Redis"]
    assert redis.state == "wrong"
    assert REDIS.variable in redis.notes[0]
    assert "redis" not in diagnosis.missing()


def test_why_an_installation_failed_is_shown(empty_cache: Path) -> None:
    # Given an installation that failed, When one looks, Then its reason is shown
    failure = CrucibleError("no network", hint="plug it in")
    redis = by_part(diagnosis.diagnose({"redis": failure}))["Redis"]
    assert (redis.state, redis.notes) == ("missing", ("no network", "plug it in"))


def test_a_full_disk_is_a_finding(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a disk with almost nothing free
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(diagnosis.shutil, "disk_usage", lambda path: usage(10, 9, 1))
    # When one looks, Then the cache is wrong, and the need is told
    found = by_part(diagnosis.diagnose())["Cache"]
    assert found.state == "wrong"
    assert "0 MB free; a run wants 210 MB" in found.notes[0]


def test_other_systems_than_linux_are_noted_not_refused(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given another system, When one looks, Then what it cannot do is noted
    monkeypatch.setattr(diagnosis.platform, "system", lambda: "Darwin")
    found = by_part(diagnosis.diagnose())["Darwin"]
    assert found.state == "note"
    assert not found.bad
