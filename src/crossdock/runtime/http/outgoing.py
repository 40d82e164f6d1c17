"""The one client for calls to addresses that others gave us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class OutgoingRequest:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class OutgoingAnswer:
    """What came back; `truncated` when the body was longer than the cap. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    duration: timedelta
    truncated: bool = False


class NoAnswer(Exception):
    """No answer came: refused address, no connection, no TLS, out of time."""

    def __init__(self, reason: str, duration: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.duration = duration


class Outgoing:
    """Sends requests under the rules for foreign addresses: public ones only, no redirects, a deadline, a cap.

    `allowed` names hosts and CIDRs whose private addresses may be called; `http` allows unencrypted calls.
    Use as an async context manager.
    """

    def __init__(
        self,
        *,
        allowed: tuple[str, ...] = (),
        http: bool = False,
        connections: int = 200,
        user_agent: str = "Crossdock/0.1",
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> "Outgoing":
        raise NotImplementedError

    async def __aexit__(self, *_: object) -> None:
        raise NotImplementedError

    async def send(self, request: OutgoingRequest, *, deadline: float = 10.0, cap: int = 64 * 1024) -> OutgoingAnswer:
        """Send a request and read its answer, within `deadline` seconds in all.

        Raises: NoAnswer.
        """
        raise NotImplementedError
