"""The install flow of apps: where they are reached, what they were granted, and the codes on their way."""

from crossdock.runtime.postgres.revision import execute

revision = "0002"
down_revision = "0001"

APPS = """
ALTER TABLE apps
    ADD COLUMN app_url        text,
    ADD COLUMN redirect_urls  text[]      NOT NULL DEFAULT '{}',    -- where the browser may be sent back to, each whole
    ADD COLUMN privacy_urls   jsonb       NOT NULL DEFAULT '{}',    -- by topic: where it is told of people's data
    ADD COLUMN granted        text[]      NOT NULL DEFAULT '{}',    -- scopes that the merchant agreed to
    ADD COLUMN installed_at   timestamptz,                          -- null: registered, and never installed
    ADD COLUMN settings       jsonb       NOT NULL DEFAULT '{}',    -- what the app itself keeps here
    ADD COLUMN settings_at    timestamptz;                          -- null: never changed

ALTER TABLE tokens
    ADD COLUMN refresh_hash   bytea UNIQUE,                         -- SHA-256 of what renews it; null once used
    ADD COLUMN refresh_until  timestamptz,
    ADD CHECK (refresh_hash IS NULL OR refresh_until IS NOT NULL);
"""

# Not kept once they are used: that a code was used and that it never was look alike.
CODES = """
CREATE TABLE authorization_codes (
    shop_id       bigint      NOT NULL,
    id            bigint      NOT NULL,
    app_id        bigint      NOT NULL,
    hash          bytea       NOT NULL UNIQUE,                      -- SHA-256 of the code
    redirect_uri  text        NOT NULL,
    scopes        text[]      NOT NULL,
    app_user      jsonb,                                            -- whom an online token will stand for
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, app_id) REFERENCES apps
);
CREATE INDEX authorization_codes_of_app ON authorization_codes (shop_id, app_id);
CREATE INDEX authorization_codes_by_age ON authorization_codes (expires_at);
"""

# How often each address has asked for a token lately, by the database's real time. A crash forgives all.
GUESSES = """
CREATE UNLOGGED TABLE token_requests (
    address  bytea            PRIMARY KEY,                          -- SHA-256 of who asks
    level    double precision NOT NULL,
    at       timestamptz      NOT NULL
);
"""


def upgrade() -> None:
    for script in (APPS, CODES, GUESSES):
        execute(script)
