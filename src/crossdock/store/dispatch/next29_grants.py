"""The way in for apps of 29 Next: what merchants agree to, the codes that take it to the app, and the tokens for them.

Source: 29 Next, OAuth and session tokens; what it does not describe is as RFC 6749 has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.dialects.next29 import oauth, scopes
from crossdock.dialects.next29.app_tokens import AppToken, write_app_token
from crossdock.dialects.next29.oauth import AuthorizationCode, AuthorizeRequest, Refused, Token, TokenRequest
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.postgres.pool import transaction
from crossdock.runtime.secrets import Vault, new_token
from crossdock.store.database import grants
from crossdock.store.database.apps import Registered
from crossdock.store.database.grants import NewCode, NewToken
from crossdock.store.dispatch import credentials
from crossdock.store.dispatch.credentials import CODE_LIFETIME, Visitor, is_one_of

PLATFORM = "next29"
TOKEN_PREFIX = "next_"  # noqa: S105  # how tokens begin
REFRESH_PREFIX = "nextr_"
# What was renewed goes on for so long: several workers of an app do not learn of the new token at once.
OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Next29Grants:
    """Knows apps by their client ids. `limited` False: every request for a token is let in.

    `network`: the domain below which each store has a name, `{subdomain}.{network}`; None: a store is named by the
    domain that its shop was made with.
    """

    pool: Pool
    clock: Clock
    vault: Vault
    limited: bool
    network: str | None = None

    async def find(self, client_id: str) -> Registered | None:
        """Return the app of a client id, installed or not."""
        return await credentials.find_app(self.pool, client_id, PLATFORM)

    async def may_ask(self, address: str) -> bool:
        """Count a request for a token; False when there were too many."""
        return not self.limited or await credentials.may_ask(self.pool, address)

    def store_of(self, who: Registered) -> str:
        """Return the network domain of an app's store: the host that apps reach it by, and know it by.

        It is what the installation says that it is, and not what a browser calls it: apps send their secrets there, and
        believe what is signed of it.
        """
        return f"{who.subdomain}.{self.network}" if self.network else who.signer.shop_domain

    async def agree(self, who: Registered, asked: AuthorizeRequest) -> str:
        """Install the app with the scopes that it asks for, and return where to send the browser."""
        code = new_token("")
        async with transaction(self.pool) as connection:
            at = await self.clock.now(connection)
            reach = scopes.granted(asked.scopes)
            await grants.grant(connection, who.shop_id, who.app.id, asked.scopes, at, reach=reach)
            new = NewCode(
                code=code,
                redirect_uri=asked.redirect_uri,
                scopes=asked.scopes,
                app_user=None,
                expires_at=at + CODE_LIFETIME,
            )
            await grants.remember_code(connection, who.shop_id, who.app.id, new)
        return oauth.callback_url(asked.redirect_uri, store=self.store_of(who), code=code, state=asked.state)

    def refuse(self, who: Registered, asked: AuthorizeRequest, refusal: oauth.Refusal) -> str:
        """Return where to send the browser when the app is not let in."""
        return oauth.refused_url(asked.redirect_uri, store=self.store_of(who), refusal=refusal, state=asked.state)

    def introduced(self, who: Registered, app_url: str) -> str:
        """Return where to send the browser to begin an app's installation, be it installed already."""
        return oauth.open_url(app_url, store=self.store_of(who))

    async def opened(self, who: Registered, app_url: str, user: Visitor) -> str:
        """Return where to send the browser to open an app, or to begin its installation."""
        if not who.app.is_installed:
            return self.introduced(who, app_url)
        at = await self.clock.now()
        token = AppToken(
            store=self.store_of(who),
            client_id=who.app.client_id,
            user_id=user.id,
            user_email=user.email,
            issued_at=at,
        )
        secret = credentials.secrets_of(self.vault, who, at)[-1]
        return oauth.open_url(app_url, store=token.store, token=write_app_token(secret, token))

    async def exchange(self, who: Registered | None, request: TokenRequest) -> Token:
        """Give an app a token for what it has. Raises: Refused."""
        at = await self.clock.now()
        if who is None or not is_one_of(request.client_secret, credentials.secrets_of(self.vault, who, at)):
            raise Refused(oauth.INVALID_CLIENT)
        async with transaction(self.pool) as connection:
            granted = await self.taken(connection, who, request.grant, at)
            token = Token(access_token=new_token(TOKEN_PREFIX), refresh_token=new_token(REFRESH_PREFIX), scopes=granted)
            # Without an end: the one that the app is told lies centuries off, and looking at it costs each call.
            new = NewToken(
                token=token.access_token,
                scopes=granted,
                refresh=token.refresh_token,
                refresh_until=at + timedelta(seconds=token.expires_in),
            )
            await grants.issue(connection, who.shop_id, who.app.id, new, at)
        return token

    async def taken(self, connection: Connection, who: Registered, grant: oauth.Grant, at: datetime) -> tuple[str, ...]:
        """Return the scopes of what the app has, which it has no longer. Raises: Refused."""
        installed = await grants.lock_installed(connection, who.shop_id, who.app.id) is not None
        if isinstance(grant, AuthorizationCode):
            code = await grants.take_code(
                connection, who.shop_id, who.app.id, grant.code, at, redirect_uri=grant.redirect_uri
            )
            if code is None or not installed:
                raise Refused(oauth.INVALID_CODE)
            return tuple(code["scopes"])
        renewed = await grants.take_refresh(
            connection, who.shop_id, who.app.id, grant.refresh_token, at, ends_at=at + OVERLAP
        )
        if renewed is None or not installed:
            raise Refused(oauth.INVALID_REFRESH)
        return renewed
