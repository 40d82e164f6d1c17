"""When a message that failed is sent again."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Delays in seconds before each retry; after the last the message is dead.

    `jitter` is the share of a delay by which it may be longer. With `gone_disables`, an answer 410 is final.
    `deadline`: seconds that one attempt may take, up to the courier's own.
    """

    delays: tuple[float, ...]
    jitter: float = 0.1
    gone_disables: bool = False
    deadline: float = 10.0


OWN = Profile(delays=(5, 30, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400))
