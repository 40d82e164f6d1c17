"""One call of the API: who calls, what was sent, and what it addresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from crossdock.domain.refusals import Refusal
from crossdock.runtime.connection import Pool
from crossdock.runtime.http.strangers import Strangers, TooManyTries
from crossdock.runtime.json import write_json
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.api.answers import MEDIA, NOT_FOUND, TOO_MANY_TRIES, UNAUTHORIZED, No, answer_refusal
from crossdock.service.dispatch import reads
from crossdock.service.dispatch.calls import ApiCall, Render, Rendered
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.dispatch.reads import Store, Token, Window

LARGEST = 2**63 - 1
HIGHEST_LIMIT = 250
LONGEST_KEY = 255
SCHEME = "Bearer "


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A call that is let in, with what answering it takes."""

    request: Request
    body: bytes
    token: Token
    dispatcher: Dispatcher
    pool: Pool

    async def store(self, named: int | str | None) -> Store:
        """Return the store that is meant: by id, by domain, or the only one. Raises: No."""
        if isinstance(named, str) and named.isdecimal():
            named = whole("store", named)
        if isinstance(named, int) and not 0 <= named <= LARGEST:
            raise NOT_FOUND
        async with acquire_ready(self.pool) as connection:
            store = await reads.store(connection, named)
        if store is None and named is None:
            raise No(422, {"store": ["must be named: there is not exactly one"]})
        if store is None:
            raise NOT_FOUND
        return store

    @property
    def queried_store(self) -> str | None:
        return self.text("store")

    def text(self, name: str) -> str | None:
        return self.request.query_params.get(name) or None

    def number(self, name: str) -> int | None:
        text = self.text(name)
        return None if text is None else whole(name, text)

    @property
    def window(self) -> Window:
        """The part of a list that is asked for. Raises: No."""
        limit = self.number("limit")
        if limit is not None and not 1 <= limit <= HIGHEST_LIMIT:
            raise No(400, {"limit": f"must be between 1 and {HIGHEST_LIMIT}"})
        return Window(after=self.number("after") or 0, limit=limit or Window.limit)

    async def write(self, store: Store, command: object, render: Render) -> Response:
        """Carry out a command, and answer what it did or which rule said no."""
        call = self.call(store)
        headers: Mapping[str, str] = {}
        try:
            rendered = await self.dispatcher.answer(command, call, render)
            headers = {"Idempotent-Replayed": "true"} if rendered.replayed else {}
        except Refusal as refusal:
            status, body = answer_refusal(refusal)
            rendered = Rendered(status=status, body=write_json(body))
            await self.dispatcher.note_refusal(call, rendered, str(refusal))
        return Response(rendered.body, status_code=rendered.status, media_type=MEDIA, headers=headers)

    def call(self, store: Store) -> ApiCall:
        request = self.request
        key = request.headers.get("idempotency-key") or None
        if key is not None and len(key) > LONGEST_KEY:
            raise No(400, {"Idempotency-Key": f"is too long (maximum is {LONGEST_KEY} characters)"})
        return ApiCall(
            store_id=store.id,
            token_id=self.token.id,
            actor=f"token:{self.token.name}",
            method=request.method,
            url=str(request.url),
            headers=dict(request.headers),
            body=self.body,
            key=key,
        )


async def admitted(request: Request, pool: Pool, strangers: Strangers) -> Token:
    """Return the token that a caller shows. Raises: No."""
    authorization = request.headers.get("authorization", "")
    if not authorization.startswith(SCHEME):
        raise UNAUTHORIZED
    shown = authorization.removeprefix(SCHEME).strip()

    async def find() -> Token | None:
        async with acquire_ready(pool) as connection:
            return await reads.token(connection, shown)

    try:
        token = await strangers.look_up(request.client.host if request.client else "", shown, find)
    except TooManyTries as tries:
        raise TOO_MANY_TRIES from tries
    if token is None:
        raise UNAUTHORIZED
    return token


def whole(name: str, text: str) -> int:
    """Return a number of at most 64 bits. Raises: No."""
    if len(text) > 19 or not text.isascii() or not text.isdecimal() or int(text) > LARGEST:
        raise No(400, {name: "must be a whole number"})
    return int(text)
