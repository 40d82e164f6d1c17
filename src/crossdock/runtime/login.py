"""Who may see the pages: users with passwords, sessions kept by the server, forms that only our pages can post."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.html import render
from crossdock.runtime.http.addresses import is_loopback
from crossdock.runtime.http.incoming import read_body
from crossdock.runtime.postgres.pool import acquire_ready, transaction

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LONGEST_FORM = 16 * 1024
SESSION = timedelta(days=14)
# Within the window, failures allowed for one e-mail, and for one address (behind which an office may sit).
WINDOW = timedelta(minutes=15)
PER_EMAIL = 5
PER_ADDRESS = 50
# Where nobody logs in, a name that somebody else's DNS points at us would make their page look like ours.
HERE_ONLY = "These pages need no login, and so are reached by 127.0.0.1 or localhost only."
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

SCHEMA = """
CREATE SEQUENCE user_ids;
CREATE TABLE users (
    id             bigint      PRIMARY KEY DEFAULT nextval('user_ids'),
    email          text        NOT NULL,
    name           text        NOT NULL,
    password_hash  text        NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE TABLE sessions (
    token_hash  bytea       PRIMARY KEY,                        -- SHA-256 of the cookie's token
    user_id     bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_expired ON sessions (expires_at);
CREATE TABLE login_attempts (
    key       bytea       PRIMARY KEY,                          -- SHA-256 of an e-mail or an address
    count     integer     NOT NULL,
    since     timestamptz NOT NULL
);
"""


def schema() -> str:
    """Return the SQL of users and sessions, for a side's first migration."""
    return SCHEMA


@dataclass(frozen=True, kw_only=True)
class User:
    id: int
    email: str
    name: str


async def add_user(connection: Connection, *, email: str, name: str, password: str, at: datetime) -> int:
    """Add a user and return its id.

    Raises: ValueError for an e-mail that is taken, or a password under 10 characters or above 200.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    try:
        user_id: int = await connection.fetchval(
            "INSERT INTO users (email, name, password_hash, created_at) VALUES ($1, $2, $3, $4) RETURNING id",
            email.strip(),
            name,
            await asyncio.to_thread(PasswordHasher().hash, password),
            at,
        )
    except asyncpg.UniqueViolationError as error:
        raise ValueError(f"{email} is a user already") from error
    return user_id


def cookie_secret(side: str, key: str) -> bytes:
    """Return what signs the cookies of a side's pages, made of the secret key in use."""
    return hashlib.sha256(f"pages of the {side}\0{key}".encode()).digest()


class LoginGate:
    """Wraps the app of a side's pages: /login and /logout are served, all else needs a session.

    `scope["state"]["user"]` is the `User`, or None when no login is needed (the sandbox). Posts from the pages of
    others are refused in any case. `secret` signs the cookie, whose name has the side in it: ports share cookies.
    `networks`: domains of which no stranger can point a name at us, so that the sandbox's pages may be reached by them.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        side: str,
        pool: Pool,
        clock: Clock,
        templates: Environment,
        secret: bytes,
        needed: bool = True,
        networks: Sequence[str] = (),
    ) -> None:
        self.app = app
        self.side = side
        self.pool = pool
        self.clock = clock
        self.templates = templates
        self.secret = secret
        self.needed = needed
        self.networks = tuple(f".{network.partition(':')[0].lower()}" for network in networks)
        self.cookie = f"crossdock_{side}"
        self.passwords = PasswordHasher()
        # Verified in place of an unknown user's, so that both take as long.
        self.nobodys_hash = self.passwords.hash(secrets.token_hex()) if needed else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = await self.admit(request)
        await (refusal or self.app)(scope, receive, send)

    async def admit(self, request: Request) -> Response | None:
        """Return the answer to a request that goes no further, else None with the user set."""
        if request.method not in SAFE and is_from_elsewhere(request):
            return PlainTextResponse("This form was sent from another site.", 403)
        request.state.user = None
        if not self.needed:
            return None if self.is_here(request.url.hostname or "") else PlainTextResponse(HERE_ONLY, 403)
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if path == "/login":
            return await self.log_in(request) if request.method == "POST" else self.ask(request)
        user = await self.user_of(request)
        if path == "/logout" and request.method == "POST":
            return await self.log_out(request)
        if user is None:
            return self.send_to_login(request)
        request.state.user = user
        return None

    def is_here(self, host: str) -> bool:
        return is_loopback(host) or host.endswith(self.networks)

    def ask(self, request: Request, *, status: int = 200, error: str | None = None, email: str = "") -> Response:
        values = {"side": self.side, "error": error, "email": email, "next": local(request.query_params.get("next"))}
        return render(self.templates, request, "login.html", status=status, **values)

    def send_to_login(self, request: Request) -> Response:
        root = request.scope.get("root_path", "")
        if request.method not in SAFE:
            return PlainTextResponse("Log in first.", 401)
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address = f"{root}/login?next={quote(wanted, safe='')}"
        if "hx-request" in request.headers:  # a part of a page: the whole page has to go
            return Response(status_code=401, headers={"HX-Redirect": f"{root}/login"})
        return RedirectResponse(address, 303)

    async def user_of(self, request: Request) -> User | None:
        token = self.token_of(request)
        if token is None:
            return None
        async with acquire_ready(self.pool) as connection:
            row = await connection.fetchrow(
                """
                SELECT users.id, email, name FROM sessions JOIN users ON users.id = user_id
                WHERE token_hash = $1 AND expires_at > $2
                """,
                digest(token),
                await self.clock.now(connection),
            )
        return None if row is None else User(id=row["id"], email=row["email"], name=row["name"])

    async def log_in(self, request: Request) -> Response:
        form = fields_of(await read_body(request.receive, cap=LONGEST_FORM))
        email, password = form.get("email", "").strip(), form.get("password", "")
        if not email.isprintable() or not password.isprintable():
            return self.ask(request, status=401, error="E-mail and password do not match.")
        address = request.client.host if request.client else ""
        async with acquire_ready(self.pool) as connection:
            at = await self.clock.now(connection)
            # Counted before the password is looked at, so that a burst of guesses is counted too.
            if not await may_try(connection, email, address, at):
                return self.ask(request, status=429, error="Too many attempts. Try again in 15 minutes.", email=email)
            row = await connection.fetchrow("SELECT id, password_hash FROM users WHERE lower(email) = lower($1)", email)
        if not await self.is_right(row["password_hash"] if row else None, password) or row is None:
            return self.ask(request, status=401, error="E-mail and password do not match.", email=email)
        token = secrets.token_urlsafe(32)
        async with transaction(self.pool) as connection:
            await open_session(connection, digest(token), row["id"], at)
            await connection.execute("DELETE FROM login_attempts WHERE key = $1", digest(f"email:{email.lower()}"))
        answer = RedirectResponse(local(form.get("next")) or f"{request.scope.get('root_path', '')}/", 303)
        answer.set_cookie(
            self.cookie,
            self.signed(token),
            max_age=int(SESSION.total_seconds()),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return answer

    async def log_out(self, request: Request) -> Response:
        if token := self.token_of(request):
            async with acquire_ready(self.pool) as connection:
                await connection.execute("DELETE FROM sessions WHERE token_hash = $1", digest(token))
        answer = RedirectResponse(f"{request.scope.get('root_path', '')}/login", 303)
        answer.delete_cookie(self.cookie, path="/")
        return answer

    async def is_right(self, password_hash: str | None, password: str) -> bool:
        try:
            await asyncio.to_thread(
                self.passwords.verify, password_hash or self.nobodys_hash, password[: LONGEST_PASSWORD + 1]
            )
        except VerificationError:
            return False
        return True

    def signed(self, token: str) -> str:
        return f"{token}.{hmac.new(self.secret, token.encode(), 'sha256').hexdigest()}"

    def token_of(self, request: Request) -> str | None:
        value = request.cookies.get(self.cookie, "")
        token, _, _ = value.partition(".")
        return token if hmac.compare_digest(self.signed(token).encode(), value.encode()) else None


async def may_try(connection: Connection, email: str, address: str, at: datetime) -> bool:
    """Count an attempt for an e-mail and an address; False when either has had its share."""
    counts = await connection.fetch(
        """
        INSERT INTO login_attempts AS attempt (key, count, since)
        SELECT key, 1, $2 FROM unnest($1::bytea[]) AS key ORDER BY key
        ON CONFLICT (key) DO UPDATE
        SET count = CASE WHEN attempt.since < $3 THEN 1 ELSE attempt.count + 1 END,
            since = CASE WHEN attempt.since < $3 THEN excluded.since ELSE attempt.since END
        RETURNING key, count
        """,
        [digest(f"email:{email.lower()}"), digest(f"address:{address}")],
        at,
        at - WINDOW,
    )
    count: dict[bytes, int] = {row["key"]: row["count"] for row in counts}
    return count[digest(f"email:{email.lower()}")] <= PER_EMAIL and count[digest(f"address:{address}")] <= PER_ADDRESS


async def open_session(connection: Connection, token_hash: bytes, user_id: int, at: datetime) -> None:
    """Open a session, and forget those that are over and attempts that no longer count."""
    await connection.execute("DELETE FROM sessions WHERE expires_at <= $1", at)
    await connection.execute("DELETE FROM login_attempts WHERE since < $1", at - WINDOW)
    await connection.execute(
        "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        token_hash,
        user_id,
        at,
        at + SESSION,
    )


def fields_of(body: bytes) -> dict[str, str]:
    """Return the first value of each field of a posted form; nothing when it is no form."""
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def is_from_elsewhere(request: Request) -> bool:
    """Tell whether a browser sent this from a page that is not ours. Other programs send neither header."""
    origin = request.headers.get("origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc != request.headers.get("host")
        except ValueError:
            return True
    return request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


def local(address: str | None) -> str:
    """Return an address if it stays on this site, else nothing."""
    if not address or not address.startswith("/") or address[1:2] in {"/", "\\"} or not address.isprintable():
        return ""
    return address


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
