import errno
import os
import threading
from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.servers import cache


def test_the_variable_decides_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a configured cache, When asked, Then it is there, for root and others
    monkeypatch.setenv("CRUCIBLE_CACHE", "/some/where")
    for user in (0, 1000):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        assert cache.directory() == Path("/some/where")


@pytest.mark.parametrize(("user", "expected"), [(0, "/var/cache/crucible"), (1000, "/x/crucible")])
def test_the_default_is_where_postgres_can_be_run(
    user: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given no configured cache
    monkeypatch.delenv("CRUCIBLE_CACHE", raising=False)
    monkeypatch.setattr(cache.platformdirs, "user_cache_path", lambda name: Path("/x") / name)
    # When root or another user asks
    monkeypatch.setattr(os, "geteuid", lambda: user)
    # Then root's lies outside its home
    assert cache.directory() == Path(expected)


def test_a_full_disk_is_one_clear_line(empty_cache: Path) -> None:
    # Given a disk that is full, When something is written
    with pytest.raises(CrucibleError) as caught, cache.writing():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    # Then place, reason and remedy are told
    assert caught.value.message == (
        f"Cannot write to the cache {empty_cache}: No space left on device."
    )
    assert "CRUCIBLE_CACHE" in caught.value.hint


def test_a_cache_that_cannot_be_made_is_told(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a file where the cache should be
    (scratch / "file").write_text("")
    monkeypatch.setenv("CRUCIBLE_CACHE", str(scratch / "file"))
    # When a folder is asked for, Then the error names the cache
    with pytest.raises(CrucibleError, match=r"Cannot write to the cache .*/file"):
        cache.folder("servers")


def test_a_lock_is_waited_for(scratch: Path) -> None:
    # Given a lock that is held
    waiting, order = threading.Event(), []
    lock = scratch / "thing.lock"

    def second() -> None:
        with cache.lock(lock, lambda message: (order.append(message), waiting.set())):
            order.append("second")

    with cache.lock(lock):
        # When another wants it
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    # Then it says so, and comes after the first
    assert order == ["waiting for another Crucible to finish with thing", "first", "second"]


def test_shared_locks_do_not_wait(scratch: Path) -> None:
    # Given a shared lock that is held, When another shared one is taken
    messages: list[str] = []
    with (
        cache.lock(scratch / "lock", shared=True),
        cache.lock(scratch / "lock", messages.append, shared=True),
    ):
        # Then nobody waited
        assert messages == []


def test_a_half_is_removed_and_so_is_what_a_killed_process_left(scratch: Path) -> None:
    # Given what a killed process left
    stale = scratch / ".thing.abc.partial"
    stale.mkdir()

    # When the next attempt fails half-way
    def attempt() -> None:
        with cache.partial(scratch, "thing") as partial:
            (partial / "file").write_text("half")
            assert not stale.exists()
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        attempt()
    # Then nothing is left
    assert list(scratch.iterdir()) == []


def test_publishing_replaces_a_broken_directory(scratch: Path) -> None:
    # Given a directory in the place of a new one
    broken, new = scratch / "thing", scratch / "new"
    (broken / "old").mkdir(parents=True)
    new.mkdir()
    (new / "file").write_text("good")
    # When the new one is published
    cache.publish(new, broken)
    # Then only the new one is there
    assert [path.name for path in scratch.rglob("*")] == ["thing", "file"]


def test_the_size_counts_a_linked_file_once(empty_cache: Path) -> None:
    # Given one file under two names
    folder = cache.folder("servers")
    (folder / "a").write_bytes(os.urandom(100_000))
    (folder / "b").hardlink_to(folder / "a")
    # When the size is taken, Then it is that of one, in whole blocks
    assert 100_000 <= cache.size_bytes() < 200_000
