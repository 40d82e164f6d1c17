"""Asking for every operation of 29 Next's OpenAPI file, well and badly, and judging the answers by the file.

Run as `python -m tests.store.next29_conformance`, it asks a server that is running: `NEXT29_URL` says which
(`http://host:port`), `NEXT29_DESK` is a token of an app with every permission, `NEXT29_CLIENT` the client id of that
app, `NEXT29_WAREHOUSE` a token of another app, which ships. `NEXT29_OPENAPI` names the file to go by.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

import jsonschema_rs
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from crossdock.dialects.next29.rest.operations import BASE
from tests.dialects.next29_openapi import Documented, problem_of, read_file
from tests.store.calls import Reply
from tests.store.next29_errands import ERRANDS, Caller, Errand, Things

BOUNDARY = "x-boundary-x"
JSON = "application/json"
Json = Any


class Way(Caller, Protocol):
    """An app's way to the API, also for bodies that are no JSON."""

    async def send(self, method: str, path: str, body: bytes, content_type: str = JSON) -> Reply: ...


@dataclass
class Tally:
    """What was answered. `failures`: what should not have been, each once."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    generated: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def fail(self, what: str, example: object) -> None:
        self.failures.setdefault(what, repr(example)[:1500])

    def __str__(self) -> str:
        kinds: Counter[str] = Counter()
        for (_, kind), count in self.answers.items():
            kinds[kind] += count
        operations = {name for name, _ in self.answers}
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        return f"{len(operations)} operations, {kinds.total()} cases: {told}; {len(self.failures)} failures"


@dataclass
class Examination:
    """Asks for the operations of the file and keeps the tally."""

    things: Things
    desk: Way
    warehouse: Way
    tally: Tally = field(default_factory=Tally)

    async def operation(self, asked: Documented, *, good: int, bad: int, number: int) -> None:
        """Ask for an operation: as its errand has it, as forms, and with so many cases made up well and badly."""
        name = f"{asked.method} {asked.path}"
        for kind, write in WRITERS.items():
            errand = await self.errand(asked)
            if await self.ask(asked, errand, [], write(errand.body), kind) >= 300:
                self.tally.fail(f"{name}: the errand is refused as {kind}", errand)
            if errand.body is None:
                break
        spent = asked.row.writes
        for mode, count in ((GenerationMode.POSITIVE, good), (GenerationMode.NEGATIVE, bad)):
            for case in asked.cases(mode, count, number) if count else ():
                if spent:
                    errand = await self.errand(asked)
                status = await self.ask(asked, errand, query_of(case), body_of(case, errand))
                spent = asked.row.writes and status < 300
                if mode is GenerationMode.POSITIVE and status < 300:
                    self.tally.generated[name] += 1
        if good and not self.tally.generated[name]:
            self.tally.fail(f"{name}: no case that was made up by the file succeeds", "")

    async def errand(self, asked: Documented) -> Errand:
        return await ERRANDS[asked.row.name](self.things)

    async def ask(
        self,
        asked: Documented,
        errand: Errand,
        query: list[tuple[str, str]],
        body: Json,
        kind: str = JSON,
    ) -> int:
        api = self.warehouse if errand.by_warehouse else self.desk
        path = asked.row.path.format(**errand.parameters)
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        reply = await api.send(asked.method, f"{path}?{urlencode(query)}", raw, kind)
        self.judge(asked, query, body, reply, (path, query, body))
        return reply.status

    def judge(self, asked: Documented, query: list[tuple[str, str]], body: Json, reply: Reply, case: object) -> None:
        name = f"{asked.method} {asked.path}"
        self.tally.answers[name, f"{reply.status // 100}xx"] += 1
        if reply.status >= 500:
            self.tally.fail(f"{name}: {reply.status}", case)
        elif reply.status >= 400:
            problem = problem_of(reply.json)
            if problem is not None:
                self.tally.fail(f"{name}: {reply.status} tells {problem[:60]}", case)
        else:
            for problem in wrong_answer(asked, reply):
                self.tally.fail(f"{name}: {problem}", (case, reply.body))
            for problem in wrongly_taken(asked, query, body):
                self.tally.fail(f"{name}: taken with {problem}", case)


def wrong_answer(asked: Documented, reply: Reply) -> Iterator[str]:
    """Say how an answer of success differs from what is documented."""
    if reply.status != asked.status:
        yield f"{reply.status} in place of {asked.status}"
    if asked.answers is None:
        if reply.body:
            yield "a body where there should be none"
        return
    for error in asked.answers.iter_errors(reply.json):
        yield f"an answer that is wrong: {told(error)}"


def wrongly_taken(asked: Documented, query: Iterable[tuple[str, str]], body: Json) -> Iterator[str]:
    """Say what should have been refused."""
    for name in asked.refused_parameters(query):
        yield f"a wrong `{name}` in the query"
    if body is not None and not isinstance(body, bytes) and asked.taken is not None:
        for error in asked.taken.iter_errors(body):
            yield f"a body that is wrong: {told(error)}"


def told(error: jsonschema_rs.ValidationError) -> str:
    """Say which rule of the file is broken, and where."""
    where, rule = (
        ".".join("[]" if isinstance(step, int) else step for step in path)
        for path in (error.instance_path, error.schema_path)
    )
    return f"{where or 'the whole'}, by {rule}"


def query_of(case: Any) -> list[tuple[str, str]]:
    """Return the query of a case, without a cursor, which only a store can make."""
    given: Mapping[str, Any] = case.query or {}
    return [
        (text(name), text(each))
        for name, value in given.items()
        if name != "cursor"
        for each in (value if isinstance(value, list) else [value])
    ]


def text(value: object) -> str:
    """Return a value as a query has it."""
    words = value if isinstance(value, str) else json.dumps(value)
    return words.encode(errors="replace").decode()


def body_of(case: Any, errand: Errand) -> Json:
    """Return the body of a case, with what only the shop knows from the errand."""
    if isinstance(case.body, NotSet):
        return errand.body
    made = case.body
    if isinstance(made, bytes) or not isinstance(made, dict):
        return made
    negative = case.meta is not None and case.meta.generation.mode.is_negative
    body = errand.body or {}
    return {**body, **made} if negative else joined(made, body)


def joined(made: Json, given: Json) -> Json:
    """Return what was made up, with what is given in its places."""
    match made, given:
        case dict(), dict():
            return made | {name: joined(made.get(name), value) for name, value in given.items()}
        case list(), list() if given and isinstance(given[0], dict):
            others = [*made, *({} for _ in given)]
            return [
                joined(other if isinstance(other, dict) else {}, each)
                for other, each in zip(others, given, strict=False)
            ]
        case _:
            return given


def fields_of(value: Json, name: str = "") -> Iterator[tuple[str, str]]:
    """Write a body as fields of a form; what is null is left out."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from fields_of(inner, f"{name}.{key}" if name else key)
        case list() if value and not isinstance(value[0], dict):
            for inner in value:
                yield from fields_of(inner, name)
        case list():
            for position, inner in enumerate(value):
                yield from fields_of(inner, f"{name}[{position}]")
        case None:
            return
        case bool():
            yield name, str(value).lower()
        case _:
            yield name, str(value)


def form_of(body: Json) -> bytes:
    return urlencode(list(fields_of(body))).encode()


def parts_of(body: Json) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields_of(body)
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()


# How each kind of body is written.
WRITERS: Mapping[str, Callable[[Json], Json]] = {
    JSON: lambda body: body,
    "application/x-www-form-urlencoded": form_of,
    f"multipart/form-data; boundary={BOUNDARY}": parts_of,
}


@dataclass
class Remote:
    """A server's Admin API, as one app calls it; a throttled call is made again."""

    url: str
    token: str

    async def call(self, method: str, path: str, body: object = None) -> Reply:
        return await self.send(method, path, b"" if body is None else json.dumps(body).encode())

    async def send(self, method: str, path: str, body: bytes, content_type: str = JSON) -> Reply:
        while True:
            reply = await asyncio.to_thread(self.once, method, path, body, content_type)
            if reply.status != 429:
                return reply
            await asyncio.sleep(float(reply.headers["retry-after"]))

    def once(self, method: str, path: str, body: bytes, content_type: str) -> Reply:
        headers = {
            "authorization": f"Bearer {self.token}",
            "content-type": content_type,
            "x-29next-api-version": "2024-04-01",
        }
        request = Request(f"{self.url}{BASE}{path}", body or None, headers, method=method)
        try:
            with urlopen(request, timeout=60) as answer:
                return Reply(
                    answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
                )
        except HTTPError as error:
            return Reply(error.code, {name.lower(): value for name, value in error.headers.items()}, error.read())


async def main() -> None:
    """Examine the server that the environment names, and tell what was found."""
    url = os.environ["NEXT29_URL"]
    desk, warehouse = Remote(url, os.environ["NEXT29_DESK"]), Remote(url, os.environ["NEXT29_WAREHOUSE"])
    things = Things(desk, warehouse, os.environ["NEXT29_CLIENT"], run=f"{uuid4().hex[:6]}-")
    examination = Examination(things, desk, warehouse)
    for asked in read_file().operations():
        await examination.operation(asked, good=3, bad=5, number=1)
    print(examination.tally)
    for what, example in examination.tally.failures.items():
        print(f"{what}\n    {example}")
    sys.exit(1 if examination.tally.failures else 0)


if __name__ == "__main__":
    asyncio.run(main())
