"""The data folder of an embedded PostgreSQL: its lock, its cluster, its socket, and who else is on it."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 100  # the kernels allow 104 (macOS) and 108 (Linux)
READY = "ready"
HALF_CLUSTER = "new-cluster-"


class DataFolderInUse(Exception):
    """Another program holds the data folder."""


class WrongMajorVersion(Exception):
    """The data folder was made by another major version of PostgreSQL."""


class SocketFolderUnsafe(Exception):
    """The folder meant for the socket belongs to somebody else or is open to others."""


@contextmanager
def temporary_data_folder() -> Iterator[Path]:
    """Make a data folder that is thrown away in the end.

    Others may pass through it, as PostgreSQL must where it runs as another account; what is inside keeps them out.
    """
    with tempfile.TemporaryDirectory(prefix="crossdock-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o711)
        yield folder


class DataFolder:
    """Paths and facts of one data folder. Nothing here starts or stops anything."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.cluster = self.path / "cluster"
        self.log = self.path / "postgresql.log"
        self.lock_file = self.path / "lock"
        self.socket = _socket_folder(self.path)
        self._lock: int | None = None

    def lock(self) -> None:
        """Take the folder for this process until `unlock`; the kernel lets go of it if we are killed.

        Raises: DataFolderInUse.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        # Python opens files so that children do not inherit them: a PostgreSQL that outlives us does not keep the lock.
        lock = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 32).decode().strip() or "unknown"
            os.close(lock)
            raise DataFolderInUse(
                f"the data folder {self.path} is in use by another Crossdock (process {holder}); "
                "stop that one, or choose another folder"
            ) from None
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock
        self.log.touch()

    def unlock(self) -> None:
        """Give the folder up."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def require_major(self, major: int) -> None:
        """Refuse a cluster that these binaries cannot read.

        Raises: WrongMajorVersion.
        """
        found = int((self.cluster / "PG_VERSION").read_text())
        if found != major:
            raise WrongMajorVersion(
                f"the data folder {self.path} was made by PostgreSQL {found}, and the programs here are PostgreSQL "
                f"{major}; set CROSSDOCK_PG_BIN to programs of PostgreSQL {found}, or dump the data with them and "
                "restore it into a new folder"
            )

    def clear_socket(self) -> None:
        """Make the socket's folder, for us alone, and empty it of what a killed PostgreSQL left.

        Only for the holder of the lock, when no PostgreSQL runs on the folder.
        """
        self.socket.mkdir(mode=0o700, exist_ok=True)
        status = self.socket.lstat()
        if self.socket.is_symlink() or (os.geteuid() != 0 and status.st_uid != os.geteuid()) or status.st_mode & 0o077:
            raise SocketFolderUnsafe(f"{self.socket} belongs to somebody else or is open to others; remove it")
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self.socket / name).unlink(missing_ok=True)

    def remove_socket(self) -> None:
        """Remove the socket's folder, which may be far from the data folder, once PostgreSQL has left it."""
        with suppress(OSError):
            self.socket.rmdir()

    def recorded_pid(self) -> int | None:
        """Return the process that the cluster's pid file names: alive, dead, or by now somebody else's."""
        lines = self._pid_file()
        return abs(int(lines[0])) if lines and lines[0].lstrip("-").isdigit() else None

    def is_ready(self, pid: int) -> bool:
        """Tell whether this PostgreSQL says that it takes connections."""
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == READY

    def running_pid(self) -> int | None:
        """Return the PostgreSQL that runs on this cluster though nobody holds the lock, if there is one."""
        pid = self.recorded_pid()
        return pid if pid and self.is_served_by(pid) else None

    def is_served_by(self, pid: int) -> bool:
        """Tell by its command line whether a process is the PostgreSQL of this cluster."""
        command = _command_of(pid)
        return "postgres" in command and f"-D {self.cluster} " in f"{command} "

    @contextmanager
    def new_cluster(self) -> Iterator[Path]:
        """Give an empty folder that becomes the cluster when all went well, so that there is never half of one."""
        half = Path(tempfile.mkdtemp(prefix=HALF_CLUSTER, dir=self.path))
        yield half
        half.rename(self.cluster)
        folder = os.open(self.path, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def clear_half_clusters(self) -> None:
        """Remove what first starts left that were killed. Only for the holder of the lock."""
        for half in self.path.glob(f"{HALF_CLUSTER}*"):
            shutil.rmtree(half, ignore_errors=True)  # the initdb of a killed holder may still be busy in it

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def _socket_folder(data: Path) -> Path:
    near = data / "socket"
    # In a URL a comma would part two hosts.
    if len(os.fsencode(near / SOCKET_NAME)) + len(".lock") <= SOCKET_PATH_BYTES and "," not in str(near):
        return near
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path("/tmp") / f"crossdock-{os.geteuid()}-{name}"  # noqa: S108  # its owner and mode are checked


def _command_of(pid: int) -> str:
    """Return the command line of a process, or nothing when it is gone (a process not yet reaped has none)."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout
