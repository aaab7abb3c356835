"""The account PostgreSQL runs under when Crucible runs as root: PostgreSQL refuses to be root."""

import os
import pwd
import stat
from pathlib import Path
from typing import NamedTuple

#: Not ``postgres``: test databases trust every local client, and must not open the way to the
#: files of a real PostgreSQL on the same machine.
NAME = "nobody"
OVERFLOW_ID = 65534  # what Linux calls nobody where no account list exists


class Account(NamedTuple):
    """Ids to run a process under."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account to use instead of root, or None: we are not root, our own will do."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return Account(OVERFLOW_ID, OVERFLOW_ID)
    return Account(entry.pw_uid, entry.pw_gid)


def first_closed_to(account: Account, path: Path) -> Path | None:
    """The uppermost directory on the way to ``path`` that ``account`` cannot enter, if any.

    Judged by permission bits alone, as PostgreSQL's account belongs to no further group.
    """
    for parent in reversed(path.resolve().parents):
        if not _may_enter(account, parent.stat()):
            return parent
    return None


def _may_enter(account: Account, status: os.stat_result) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
