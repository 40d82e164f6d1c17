-- The ledger of every message that crosses a wire, both directions. Runs on PostgreSQL 15 to 18.
-- Times in `next_attempt_at`, `open_until` and the *_at columns are the business clock's; `lease_until` is the database's real time.

CREATE SEQUENCE message_ids;

CREATE TABLE messages (
    tenant_id        bigint      NOT NULL,
    id               bigint      NOT NULL DEFAULT nextval('message_ids'),
    direction        text        NOT NULL CHECK (direction IN ('out', 'in')),
    kind             text        NOT NULL,
    message_id       text        NOT NULL,                      -- stable over retries and replays
    endpoint         text        NOT NULL,                      -- out: what breaks together; in: the source
    fifo_key         text,                                      -- out: one at a time, in order of id
    subject          text,                                      -- whose journey it belongs to, e.g. 'order:123'
    method           text        NOT NULL,
    url              text        NOT NULL,
    request_headers  jsonb       NOT NULL DEFAULT '{}',         -- never a secret
    request_body     bytea       NOT NULL DEFAULT '',
    credential       text,                                      -- names the secret that signs or authorises; resolved at send
    profile          text,                                      -- out: back-off profile
    command          jsonb,                                     -- out: what the answer is for
    status           text        NOT NULL CHECK (
        (direction = 'out' AND status IN ('waiting', 'delivered', 'dead', 'cancelled'))
        OR (direction = 'in' AND status IN ('received', 'done', 'refused'))
    ),
    attempts         integer     NOT NULL DEFAULT 0,            -- since it was posted or last replayed
    retrying         boolean     NOT NULL DEFAULT false,        -- its last attempt failed: it keeps the times of its profile
    next_attempt_at  timestamptz,
    fence            bigint      NOT NULL DEFAULT 0,            -- grows with every claim; numbers the attempts
    lease_until      timestamptz,
    courier          integer,                                   -- who holds the lease
    created_at       timestamptz NOT NULL,
    finished_at      timestamptz,
    answer_status    integer,
    answer_headers   jsonb,
    answer_body      bytea,                                     -- its first 4 kB
    reason           text,                                      -- why dead, cancelled or refused
    cause            text,                                      -- one cause makes one message
    idempotency_key  text,
    fold_key         text,                                      -- out: one that waits unsent speaks for all of the same key
    PRIMARY KEY (tenant_id, id),
    UNIQUE (cause, tenant_id),
    UNIQUE (message_id, endpoint, direction, tenant_id),
    CHECK ((status = 'waiting') = (next_attempt_at IS NOT NULL)),
    CHECK ((status IN ('waiting', 'received')) = (finished_at IS NULL))
);
CREATE INDEX messages_waiting ON messages (tenant_id, endpoint, next_attempt_at, id) WHERE status = 'waiting';
CREATE INDEX messages_retrying ON messages (tenant_id, endpoint, next_attempt_at, id) WHERE status = 'waiting' AND retrying;
CREATE INDEX messages_unsaid ON messages (tenant_id, fold_key)
    WHERE status = 'waiting' AND NOT retrying AND fold_key IS NOT NULL;
CREATE INDEX messages_in_line ON messages (tenant_id, fifo_key, id) WHERE status = 'waiting' AND fifo_key IS NOT NULL;
CREATE INDEX messages_received ON messages (tenant_id, kind, created_at) WHERE status = 'received';
CREATE INDEX messages_failed ON messages (tenant_id, id) WHERE direction = 'out' AND status IN ('dead', 'cancelled');
CREATE INDEX messages_of_subject ON messages (tenant_id, subject, id) WHERE subject IS NOT NULL;
CREATE INDEX messages_by_age ON messages USING brin (created_at) WITH (autosummarize = on);

CREATE TABLE message_attempts (
    tenant_id       bigint      NOT NULL,
    message         bigint      NOT NULL,
    number          bigint      NOT NULL,                       -- the fence of the claim; a gap is an attempt that died with its worker
    started_at      timestamptz NOT NULL,
    duration_ms     integer     NOT NULL,
    answer_status   integer,
    answer_headers  jsonb,
    answer_body     bytea,                                      -- its first 4 kB
    error           text,
    PRIMARY KEY (tenant_id, message, number),
    FOREIGN KEY (tenant_id, message) REFERENCES messages (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE endpoints (
    tenant_id      bigint      NOT NULL,
    endpoint       text        NOT NULL,
    failures       integer     NOT NULL DEFAULT 0,              -- in a row
    open_until     timestamptz,                                 -- nothing new is sent before; then one message tries
    last_error     text,
    last_failed_at timestamptz,
    PRIMARY KEY (tenant_id, endpoint)
);

-- A courier holds an advisory lock of its number; a row without its lock is a courier that died, whose leases are free.
CREATE SEQUENCE courier_numbers AS integer CYCLE;
CREATE TABLE couriers (
    number  integer PRIMARY KEY
);
