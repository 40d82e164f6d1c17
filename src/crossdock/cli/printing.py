"""Where commands print."""

from rich.console import Console

WIDE = 200


def printed(*, soft_wrap: bool = False) -> Console:
    """Return a console. Files and other programs get tables as wide as they are; a terminal, what fits in it."""
    console = Console(soft_wrap=soft_wrap)
    if not console.is_terminal:
        console.width = max(console.width, WIDE)
    return console
