"""Log lines: structured, in JSON where a machine reads them, with no bodies and no secrets."""


def set_up_logs(*, json: bool, level: str = "info") -> None:
    """Make structlog and the standard library's logging write one line per event to standard error."""
    raise NotImplementedError
