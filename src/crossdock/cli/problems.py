"""What a command ends with when something outside of it is wrong: one line that says what, and exit status 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer


class Problem(Exception):
    """Something is wrong that the user can mend; the message says how."""


@contextmanager
def told() -> Iterator[None]:
    """Turn problems of the surroundings into a line on standard error; a bug keeps its traceback."""
    # Loaded only here, so that `crossdock --help` is fast.
    from crossdock.runtime.http.serving import PortTaken  # noqa: PLC0415
    from crossdock.runtime.postgres.account import AccountUnusable  # noqa: PLC0415
    from crossdock.runtime.postgres.binaries import PostgresNotFound  # noqa: PLC0415
    from crossdock.runtime.postgres.folder import (  # noqa: PLC0415
        DataFolderInUse,
        SocketFolderUnsafe,
        WrongMajorVersion,
    )
    from crossdock.runtime.postgres.pool import DatabaseUnavailable  # noqa: PLC0415
    from crossdock.runtime.postgres.server import PostgresDidNotStart  # noqa: PLC0415
    from crossdock.runtime.secrets import BadKey  # noqa: PLC0415
    from crossdock.sandbox.contract import KeptUnreadable  # noqa: PLC0415

    known = (
        Problem,
        PortTaken,
        AccountUnusable,
        PostgresNotFound,
        DataFolderInUse,
        SocketFolderUnsafe,
        WrongMajorVersion,
        DatabaseUnavailable,
        PostgresDidNotStart,
        BadKey,
        KeptUnreadable,
    )
    try:
        yield
    except known as problem:
        typer.echo(f"crossdock: {problem}", err=True)
        raise typer.Exit(1) from problem
    except OSError as problem:
        if problem.filename is None:
            raise
        typer.echo(f"crossdock: {problem.filename}: {problem.strerror}", err=True)
        raise typer.Exit(1) from problem
