"""Answers as the edges of the APIs give them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.types import Send

from crossdock.dialects.operation import Json, WireError
from crossdock.dialects.registry import Dialect
from crossdock.domain.refusals import Refusal
from crossdock.runtime.json import write_json
from crossdock.store.dispatch.calls import Rendered

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What goes back. Header names in lower case, but where a client minds."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class No(Exception):
    """The answer is no: the edge itself, a rule or a reader said so. A body of None is answered as an empty one."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.answer = Answer(status=status, body=b"" if body is None else write_json(body), headers=headers or {})


@contextmanager
def refusing(dialect: Dialect) -> Iterator[None]:
    """Answer in a platform's words what a reader cannot read, or a rule says no to. Raises: No."""
    try:
        yield
    except WireError as error:
        raise No(*dialect.answer_wire_error(error)) from error
    except Refusal as refusal:
        raise No(*dialect.answer_refusal(refusal, None)) from refusal


def answer_of(rendered: Rendered) -> Answer:
    """Return the answer to a command that was carried out, now or before under the same key."""
    headers = {"idempotent-replayed": "true"} if rendered.replayed else {}
    return Answer(status=rendered.status, body=rendered.body, headers=headers)


class Cased(bytes):
    """The name of a header whose capitals reach the client: the server writes names as `lower` gives them."""

    def lower(self) -> "Cased":
        return self


async def reply(send: Send, answer: Answer, headers: Mapping[str, str]) -> None:
    """Send an answer with the headers that every answer has; its own stand above them."""
    fields = {"content-type": JSON, **headers, **answer.headers, "content-length": str(len(answer.body))}
    raw = [
        (name.encode("latin-1") if name.islower() else Cased(name, "latin-1"), value.encode("latin-1"))
        for name, value in fields.items()
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})


def only_fields(body: Json, wanted: str | None) -> Json:
    """Keep the fields asked for of the resource (or of each one) under the root; all where none is asked for.

    Source: Shopify REST, `fields`; a dash is read as an underscore, as in an example of its documentation.
    """
    names = {name.strip().replace("-", "_") for name in (wanted or "").split(",")} - {""}
    if not names or not isinstance(body, dict):
        return body
    return {root: _kept(value, names) for root, value in body.items()}


def _kept(value: Json, names: set[str]) -> Json:
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name in names}
    return [_kept(each, names) for each in value] if isinstance(value, list) else value
