"""JSON from strangers, read strictly; JSON to them, written fast."""


class BadJson(ValueError):
    """The text is not JSON that we take; `reason` says why in words for its sender."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_json(body: bytes) -> object:
    """Return the value of a JSON text of at most 1 MB.

    Raises: BadJson for depth above 32, duplicate keys, NaN and Infinity, numbers of absurd length, lone surrogates,
        NUL characters, and what is not UTF-8 or not JSON.
    """
    raise NotImplementedError


def write_json(value: object) -> bytes:
    raise NotImplementedError
