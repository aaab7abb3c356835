import os
from pathlib import Path

import pytest

from harness.servers import account
from harness.servers.account import Account


def test_only_root_needs_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an ordinary user, When asked, Then no other account is needed
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account.unprivileged() is None


def test_root_gets_one_without_privileges(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given root, When asked, Then the account is not root's
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    user = account.unprivileged()
    assert user is not None
    assert user.uid != 0


def test_a_system_without_account_list_has_the_usual_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given root in a container without /etc/passwd
    def unknown(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(account.pwd, "getpwnam", unknown)
    # When asked, Then it is Linux's overflow id
    assert account.unprivileged() == Account(65534, 65534)


def test_the_first_closed_directory_is_named(scratch: Path) -> None:
    # Given a directory closed to others on the way
    closed = scratch / "closed"
    (closed / "bin").mkdir(parents=True)
    stranger = Account(scratch.stat().st_uid + 12345, scratch.stat().st_gid + 12345)
    assert account.first_closed_to(stranger, closed / "bin" / "postgres") is None
    closed.chmod(0o700)
    # When another account wants to pass, Then that one is named; its owner may
    assert account.first_closed_to(stranger, closed / "bin" / "postgres") == closed
    owner = Account(closed.stat().st_uid, closed.stat().st_gid)
    assert account.first_closed_to(owner, closed / "bin" / "postgres") is None
