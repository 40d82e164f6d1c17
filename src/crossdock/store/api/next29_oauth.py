"""The edge of 29 Next's OAuth: apps exchange codes for tokens, and renew them.

Source: 29 Next, OAuth guide; RFC 6749 for clients that name themselves by HTTP Basic, and for refusals.
"""

from urllib.parse import unquote_plus, urlsplit

from starlette.types import Receive, Scope, Send

from crossdock.dialects.next29 import oauth
from crossdock.dialects.next29.oauth import TOKEN_PATH, Refused
from crossdock.dialects.operation import Unreadable
from crossdock.runtime.http.incoming import BodyTooLarge, read_body
from crossdock.runtime.json import BadJson, write_json
from crossdock.store.api.answers import Answer, No, reply
from crossdock.store.api.hosts import stands_for
from crossdock.store.api.oauth import HEADERS, LONGEST_BODY, fields_of, unclear
from crossdock.store.api.requests import Request, basic_credentials, request_of
from crossdock.store.dispatch.next29_grants import Next29Grants

# Also as people type it: a redirect would lose the form.
PATHS = frozenset({TOKEN_PATH, TOKEN_PATH.rstrip("/")})


class Next29OAuthApi:
    """Serves /oauth2/token/."""

    def __init__(self, grants: Next29Grants, *, public_url: str | None = None) -> None:
        self.grants = grants
        self.public_host = urlsplit(public_url).hostname if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope)
        address = (scope.get("client") or ("",))[0]
        try:
            answer = await self.exchanged(request, receive, address)
        except No as no:
            answer = no.answer
        except Refused as refused:
            answer = refusing(refused.refusal)
        await reply(send, answer, HEADERS)

    async def exchanged(self, request: Request, receive: Receive, address: str) -> Answer:
        """Raises: No, Refused, ClientGone."""
        if request.method != "POST":
            raise No(405, unclear("A token is asked for by POST."), {"allow": "POST"})
        if not await self.grants.may_ask(address):
            raise No(429, oauth.write_refusal(oauth.TOO_MANY), {"retry-after": "2"})
        try:
            body = await read_body(receive, cap=LONGEST_BODY)
            fields = fields_of(body, request.headers.get("content-type", ""))
            asked = oauth.read_token_request(fields, client_of(request))
        except BodyTooLarge as error:
            raise No(413, unclear("The body is too long.")) from error
        except BadJson as error:
            raise No(400, unclear(error.reason)) from error
        except Unreadable as error:
            raise No(400, unclear(str(error))) from error
        who = await self.grants.find(asked.client_id)
        if who is not None and not stands_for(request.hostname, who.subdomain, self.public_host):
            who = None
        token = await self.grants.exchange(who, asked)
        return Answer(status=200, body=write_json(oauth.write_token(token)))


def refusing(refusal: oauth.Refusal) -> Answer:
    challenge = {"www-authenticate": 'Basic realm="oauth2"'} if refusal.status == 401 else {}
    return Answer(status=refusal.status, body=write_json(oauth.write_refusal(refusal)), headers=challenge)


def client_of(request: Request) -> tuple[str, str] | None:
    """Return the client's id and secret where they come by HTTP Basic, as RFC 6749 has them escaped."""
    given = basic_credentials(request.headers.get("authorization", ""))
    return None if given is None else (unquote_plus(given[0]), unquote_plus(given[1]))
