"""The way in for apps of Shopify: what merchants agree to, the codes that take it to the app, and the tokens for them.

Source: Shopify REST, AccessScope and OAuth.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify import oauth, scopes
from crossdock.dialects.shopify.oauth import AuthorizeRequest, Token, TokenRefused, TokenRequest, User
from crossdock.dialects.shopify.partings import SHOP_REDACT
from crossdock.dialects.shopify.session_tokens import SessionToken, read_session_token, write_session_token
from crossdock.domain.subscriptions import GrantChange, Happened, Happening
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.second_thoughts import give_up
from crossdock.runtime.postgres.pool import transaction
from crossdock.runtime.secrets import Vault, new_token
from crossdock.store.database import grants
from crossdock.store.database.apps import Registered
from crossdock.store.database.grants import NewCode, NewToken
from crossdock.store.dispatch import credentials
from crossdock.store.dispatch.credentials import CODE_LIFETIME, is_one_of
from crossdock.store.jobs.announcements import announce_happenings

PLATFORM = "shopify"
TOKEN_PREFIX = "shpat_"  # noqa: S105  # how tokens begin
ONLINE_PREFIX = "shpua_"
REFRESH_PREFIX = "shprt_"

DAY = timedelta(seconds=86399)
HOUR = timedelta(hours=1)
QUARTER = timedelta(days=90)

# Nobody logs in to a sandbox; its merchant is the shop's owner, and no user of the pages has this number there.
OWNER = 1


class Refused(Exception):
    """No token is given."""

    def __init__(self, refusal: TokenRefused) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal


@dataclass(frozen=True, kw_only=True)
class Grants:
    """Knows apps by their client ids. `limited` False: every request for a token is let in."""

    pool: Pool
    clock: Clock
    vault: Vault
    limited: bool

    async def find(self, client_id: str) -> Registered | None:
        """Return the app of a client id, installed or not."""
        return await credentials.find_app(self.pool, client_id, PLATFORM)

    async def may_ask(self, address: str) -> bool:
        """Count a request for a token; False when there were too many."""
        return not self.limited or await credentials.may_ask(self.pool, address)

    async def agree(self, who: Registered, asked: AuthorizeRequest, user: User) -> str:
        """Install the app with the scopes that it asks for, and return where to send the browser."""
        async with transaction(self.pool) as connection:
            at = await self.clock.now(connection)
            reach = scopes.granted(asked.scopes)
            before = await grants.grant(connection, who.shop_id, who.app.id, asked.scopes, at, reach=reach)
            await self.forgive(connection, who, at)
            if before is not None and set(before) != set(asked.scopes):
                change = GrantChange(app_id=who.app.id, previous=before, current=tuple(asked.scopes), at=at)
                told = Happened(kind=Happening.APP_SCOPES_UPDATED, thing=change, app_id=who.app.id)
                await announce_happenings(connection, who.shop_id, [told], at)
            return await self.sent_back(connection, who, asked, user, at)

    async def agreed(self, who: Registered, asked: AuthorizeRequest, user: User) -> str | None:
        """Return where to send the browser when the app asks for nothing new; None when the merchant must agree.

        Source: Shopify: an app that asks for what it was granted is sent on at once.
        """
        async with transaction(self.pool) as connection:
            granted = await grants.lock_installed(connection, who.shop_id, who.app.id)
            if granted is None or not scopes.granted(asked.scopes) <= scopes.granted(granted):
                return None
            return await self.sent_back(connection, who, asked, user, await self.clock.now(connection))

    async def forgive(self, connection: Connection, who: Registered, at: datetime) -> None:
        """Call back the word to erase the shop, which an app that is here again need not follow."""
        which = "credential = $4 AND command @> $5::jsonb"
        about = {"topic": SHOP_REDACT, "app_id": who.app.id}
        reason = "the app was installed again"
        await give_up(connection, which, who.shop_id, reason, at, f"app:{who.app.id}", about)

    async def sent_back(
        self, connection: Connection, who: Registered, asked: AuthorizeRequest, user: User, at: datetime
    ) -> str:
        code = NewCode(
            code=new_token(""),
            redirect_uri=asked.redirect_uri,
            scopes=asked.scopes,
            app_user=asdict(user) if asked.online else None,
            expires_at=at + CODE_LIFETIME,
        )
        await grants.remember_code(connection, who.shop_id, who.app.id, code)
        shop = who.signer.shop_domain
        secret = self.secrets(who, at)[-1]
        return oauth.callback_url(secret, asked.redirect_uri, shop=shop, code=code.code, state=asked.state, at=at)

    async def opened(self, who: Registered, app_url: str, user: User) -> str:
        """Return where to send the browser to open an app, or to begin its installation."""
        at = await self.clock.now()
        shop, secret = who.signer.shop_domain, self.secrets(who, at)[-1]
        token = SessionToken(
            shop=shop,
            client_id=who.app.client_id,
            user_id=user.id,
            issued_at=at,
            id=new_token(""),
            session=new_token(""),
        )
        session = write_session_token(secret, token) if who.app.is_installed else None
        return oauth.open_url(secret, app_url, shop=shop, at=at, session_token=session)

    async def exchange(self, who: Registered | None, request: TokenRequest) -> Token:
        """Give an app a token for what it has. Raises: Refused."""
        at = await self.clock.now()
        if who is None or not is_one_of(request.client_secret, self.secrets(who, at)):
            raise Refused(oauth.INVALID_CLIENT)
        async with transaction(self.pool) as connection:
            granted = await grants.lock_installed(connection, who.shop_id, who.app.id)
            token = await self.token_for(connection, who, request.grant, granted, at)
            new = NewToken(
                token=token.access_token,
                scopes=token.scopes,
                expires_at=later(at, token.expires_in),
                refresh=token.refresh_token,
                refresh_until=later(at, token.refresh_token_expires_in),
            )
            await grants.issue(connection, who.shop_id, who.app.id, new, at)
        return token

    async def token_for(
        self,
        connection: Connection,
        who: Registered,
        grant: oauth.Grant,
        granted: Sequence[str] | None,
        at: datetime,
    ) -> Token:
        """Raises: Refused."""
        match grant:
            case oauth.AuthorizationCode():
                return await self.for_code(connection, who, grant, granted, at)
            case oauth.Refresh(refresh_token=refresh):
                renewed = await grants.take_refresh(connection, who.shop_id, who.app.id, refresh, at)
                if granted is None or renewed is None:
                    raise Refused(oauth.INVALID_REFRESH)
                return offline(renewed, expiring=True)
            case oauth.Migration(access_token=lasting):
                ended = await grants.take_lasting(connection, who.shop_id, who.app.id, lasting, at)
                if granted is None or ended is None:
                    raise Refused(oauth.INVALID_SUBJECT)
                return offline(ended, expiring=True)
            case oauth.TokenExchange():
                shown = self.session(who, grant.subject_token, at)
                if granted is None:
                    raise Refused(oauth.NOT_INSTALLED)
                if not grant.online:
                    return offline(granted, expiring=grant.expiring)
                return online(granted, await user_of(connection, who, shown.user_id))
            case oauth.ClientCredentials():
                if granted is None:
                    raise Refused(oauth.NOT_INSTALLED)
                return Token(access_token=new_token(TOKEN_PREFIX), scopes=tuple(granted), expires_in=seconds(DAY))

    async def for_code(
        self,
        connection: Connection,
        who: Registered,
        grant: oauth.AuthorizationCode,
        granted: Sequence[str] | None,
        at: datetime,
    ) -> Token:
        code = await grants.take_code(
            connection, who.shop_id, who.app.id, grant.code, at, redirect_uri=grant.redirect_uri
        )
        if granted is None or code is None:
            raise Refused(oauth.INVALID_CODE)
        allowed = tuple(code["scopes"])
        if code["app_user"] is None:
            return offline(allowed, expiring=grant.expiring)
        return online(allowed, User(**code["app_user"]))

    def session(self, who: Registered, text: str, at: datetime) -> SessionToken:
        """Raises: Refused."""
        try:
            shown = read_session_token(self.secrets(who, at), text, client_id=who.app.client_id, at=at)
        except Unreadable as error:
            raise Refused(oauth.INVALID_SUBJECT) from error
        if shown.shop != who.signer.shop_domain:
            raise Refused(oauth.INVALID_SUBJECT)
        return shown

    def secrets(self, who: Registered, at: datetime) -> tuple[str, ...]:
        """Return the app's secrets that are good at a time; the last one is that which signs."""
        return credentials.secrets_of(self.vault, who, at)


def offline(granted: Sequence[str], *, expiring: bool) -> Token:
    token = new_token(TOKEN_PREFIX)
    if not expiring:
        return Token(access_token=token, scopes=tuple(granted))
    return Token(
        access_token=token,
        scopes=tuple(granted),
        expires_in=seconds(HOUR),
        refresh_token=new_token(REFRESH_PREFIX),
        refresh_token_expires_in=seconds(QUARTER),
    )


def online(granted: Sequence[str], user: User) -> Token:
    return Token(
        access_token=new_token(ONLINE_PREFIX),
        scopes=tuple(granted),
        expires_in=seconds(DAY),
        user=user,
        session=new_token(""),
    )


async def user_of(connection: Connection, who: Registered, user_id: int) -> User:
    """Return the user of the pages with this id; the shop's owner where nobody has it."""
    row = await connection.fetchrow("SELECT email, name FROM users WHERE id = $1", user_id)
    return owner_of(who) if row is None else user_named(user_id, row["name"], row["email"])


def owner_of(who: Registered) -> User:
    return user_named(OWNER, who.shop_name, who.shop_email)


def user_named(id: int, name: str, email: str) -> User:
    first, _, last = name.partition(" ")
    return User(id=id, email=email, first_name=first, last_name=last)


def seconds(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds())


def later(at: datetime, lifetime: int | None) -> datetime | None:
    return None if lifetime is None else at + timedelta(seconds=lifetime)
