"""Under which account PostgreSQL's programs run: they refuse to run as root."""

import asyncio
import hashlib
import os
import pwd
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crossdock.runtime.postgres.binaries import Binaries

# Inside this namespace root is an ordinary user and still owns its files, so nothing has to change hands.
USER_NAMESPACE = ("unshare", "--user", "--map-user=1000")
SERVICE_ACCOUNTS = ("postgres", "_postgres", "nobody")
COPIES = Path("/var/lib/crossdock/programs")


class AccountUnusable(Exception):
    """PostgreSQL cannot be run on this folder by this account."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account, or a user namespace, that PostgreSQL's programs accept.

    `uid` and `gid` are None where the programs run as we do.
    """

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def take(self, *paths: Path) -> None:
        """Make the account the owner of files and folders that we made."""
        for path in paths:
            if self.uid is not None and self.gid is not None:
                os.chown(path, self.uid, self.gid)

    async def spawn(self, command: Sequence[str | Path], *, output: IO[bytes], env: dict[str, str]) -> Process:
        """Start a program apart from our terminal, so that Ctrl-C reaches it in our order and not at once."""
        return await asyncio.create_subprocess_exec(
            *self.prefix,
            *command,
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd="/",
            start_new_session=True,
            **({} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}),  # type: ignore[arg-type]
        )


async def choose_account(cluster: Path) -> Account:
    """Return how to run PostgreSQL on a data folder, which may not exist yet.

    Raises: AccountUnusable where the folder belongs to somebody whose programs we cannot start.
    """
    owner = _owner(cluster)
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise AccountUnusable(f"{cluster} belongs to user {owner}, and this is user {os.geteuid()}")
        return Account()
    if owner:
        return Account(uid=owner, gid=pwd.getpwuid(owner).pw_gid)
    if await runs(*USER_NAMESPACE, "true"):
        return Account(prefix=USER_NAMESPACE)
    if owner == 0:
        raise AccountUnusable(
            f"{cluster} belongs to root, as whom PostgreSQL refuses to run, and user namespaces are not allowed here; "
            "give the folder to an ordinary user and start Crossdock as that user"
        )
    return _service_account()


def readable_binaries(account: Account, binaries: Binaries) -> Binaries:
    """Return binaries that the account can execute: a copy where they are in a folder closed to it, as /root is."""
    if account.uid is None or not _barrier(binaries.folder, account.uid):
        return binaries
    package = binaries.folder.parent.parent
    copy = COPIES / f"{binaries.version}-{hashlib.sha256(str(binaries.folder).encode()).hexdigest()[:12]}"
    if not copy.exists():
        _copy_programs(package, binaries.folder.parent.name, copy)
    return Binaries(folder=copy / package.name / binaries.folder.parent.name / "bin", version=binaries.version)


def require_reachable(account: Account, folder: Path) -> None:
    """Refuse a folder that the account could not reach.

    Raises: AccountUnusable, naming the closed folder on the way.
    """
    barrier = account.uid is not None and _barrier(folder.parent, account.uid)
    if barrier:
        raise AccountUnusable(
            f"PostgreSQL refuses to run as root, and {barrier} is closed to user {account.uid}, as whom it would run; "
            "set CROSSDOCK_DATA to a folder that others may enter, or start Crossdock as an ordinary user"
        )


def _owner(cluster: Path) -> int | None:
    return cluster.stat().st_uid if cluster.exists() else None


def _service_account() -> Account:
    for name in SERVICE_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise AccountUnusable("PostgreSQL refuses to run as root, and there is no other account; start as an ordinary user")


def _barrier(folder: Path, uid: int) -> Path | None:
    """Return the outermost folder on the way that the account may not enter."""
    for step in [*reversed(folder.parents), folder]:
        status = step.stat()
        if not status.st_mode & (0o100 if status.st_uid == uid else 0o001):
            return step
    return None


def _copy_programs(package: Path, installation: str, target: Path) -> None:
    """Copy one installation with the libraries that the wheel keeps beside its package, all or nothing."""
    others = [child.name for child in package.iterdir() if child.is_dir() and child.name.startswith("pginstall")]
    unwanted = shutil.ignore_patterns("include", "__pycache__", *(name for name in others if name != installation))
    half = target.with_name(f"{target.name}.{os.getpid()}")
    half.mkdir(parents=True, mode=0o755)
    COPIES.chmod(0o755)
    shutil.copytree(package, half / package.name, ignore=unwanted)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, half / libraries.name)
    try:
        half.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(half)


async def runs(*command: str) -> bool:
    """Tell whether a program can be run and is content."""
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    except OSError:
        return False
    return await process.wait() == 0
