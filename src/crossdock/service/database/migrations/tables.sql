-- The service side. A tenant is a connected store: every table is keyed (store_id, …) and every statement names the
-- store, and `tenant_id` of the exchange and of the timers is the store's id. Times are the business clock's.
--
-- Subjects of messages: `assignment:{store_id}:{fulfillment_order_id}` for what concerns one fulfillment order,
-- `store:{store_id}` for what concerns the whole store (notifications, pulls, stock).

-- What indexes begin with: see the store side's tables.

CREATE SEQUENCE ids;

CREATE TABLE stores (
    id               bigint      PRIMARY KEY,
    name             text        NOT NULL,
    platform         text        NOT NULL CHECK (platform IN ('shopify', 'next29')),
    url              text        NOT NULL,                      -- scheme and host, no path
    shop_domain      text        NOT NULL UNIQUE,               -- how its callbacks name it
    api_version      text        NOT NULL,
    access_token     text        NOT NULL,                      -- encrypted, with the id of its key
    secret           text        NOT NULL,                      -- encrypted; signs its callbacks
    previous_secret  text,                                      -- encrypted; still good while the store changes over
    service_id       bigint,                                    -- our fulfillment service there, and its location
    location_id      bigint,
    paused           boolean     NOT NULL DEFAULT false,        -- no pulls; what is decided is still told
    pulls            bigint      NOT NULL DEFAULT 0,            -- numbers the pulls, which follow each other
    pull_asked       boolean     NOT NULL DEFAULT false,        -- one is to begin
    pull_whole       boolean     NOT NULL DEFAULT false,        -- and to look at accepted work too
    last_pulled_at   timestamptz,
    trouble          text,                                      -- why the last pull failed
    connected_at     timestamptz NOT NULL,
    transport        text        NOT NULL DEFAULT 'graphql' CHECK (transport IN ('graphql', 'rest')),
    client_id        text,                                      -- the app as which it let us in, if by installing
    scopes           text,                                      -- what it granted then
    service_name     text        NOT NULL DEFAULT 'Crossdock',  -- of our fulfillment service there
    set_up_at        timestamptz,                               -- since when the service and its webhooks are in order
    by_hand          boolean     NOT NULL DEFAULT false,        -- people decide on its requests
    ships_within_hours   integer CHECK (ships_within_hours > 0),  -- told with an acceptance
    disconnected_at      timestamptz,                           -- it does not know us any more: no calls
    disconnected_reason  text,
    CHECK ((disconnected_at IS NULL) = (disconnected_reason IS NULL))
);

-- What a store lets us spend on calls: its bucket as it was last told, less what we have spent since.
CREATE TABLE store_budgets (
    store_id     bigint           PRIMARY KEY REFERENCES stores,
    available    double precision NOT NULL,
    maximum      double precision NOT NULL CHECK (maximum > 0),
    per_second   double precision NOT NULL CHECK (per_second > 0),
    read_at      timestamptz      NOT NULL
);

-- What a store answers that we do not know.
CREATE TABLE store_drift (
    store_id     bigint      NOT NULL REFERENCES stores,
    question     text        NOT NULL,                          -- the row of the dialect
    what         text        NOT NULL,                          -- where in its answer
    times        bigint      NOT NULL,
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    PRIMARY KEY (store_id, question, what)
);

-- States of installations that came back: each is good once.
CREATE TABLE used_states (
    hash         bytea       PRIMARY KEY,                       -- SHA-256
    used_at      timestamptz NOT NULL
);
CREATE INDEX used_states_by_age ON used_states (used_at);

-- What a store's inventory items are called on our shelf. `sku` null: the store gives it none.
CREATE TABLE items (
    store_id           bigint      NOT NULL REFERENCES stores,
    inventory_item_id  bigint      NOT NULL,
    sku                text,
    read_at            timestamptz NOT NULL,
    PRIMARY KEY (store_id, inventory_item_id)
);

-- The shelf: one row per SKU that the warehouse keeps for a store. The counters are the sums of the moves.
CREATE TABLE shelf (
    store_id    bigint      NOT NULL REFERENCES stores,
    sku         text        NOT NULL,
    on_hand     bigint      NOT NULL CHECK (on_hand >= 0),
    allocated   bigint      NOT NULL CHECK (allocated >= 0),    -- promised to accepted work; above on_hand after a bad count
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (store_id, sku)
);

CREATE TABLE shelf_moves (
    store_id    bigint      NOT NULL,
    id          bigint      NOT NULL,
    sku         text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('count', 'allocate', 'release', 'ship', 'return')),
    on_hand     bigint      NOT NULL,                           -- by how much each counter changes
    allocated   bigint      NOT NULL,
    cause       text        NOT NULL,                           -- `count:{id}`, `answer:{fulfillment order}:{n}`, `parcel:{id}` …
    actor       text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, sku, kind, cause),
    FOREIGN KEY (store_id, sku) REFERENCES shelf
);
CREATE INDEX shelf_moves_of_sku ON shelf_moves (sku, store_id, id);

-- A fulfillment order that a store has asked us to ship. The `…ing` states: decided, and the store is being told.
CREATE TABLE assignments (
    store_id              bigint      NOT NULL REFERENCES stores,
    fulfillment_order_id  bigint      NOT NULL,
    order_id              bigint      NOT NULL,
    order_name            text,
    location_id           bigint      NOT NULL,
    status                text        NOT NULL CHECK (status IN ('received', 'accepting', 'accepted', 'rejecting', 'rejected',
        'cancelling', 'cancelled', 'closing', 'closed', 'shipped')),
    store_status          text        NOT NULL,                 -- what the store last said of it
    store_request_status  text        NOT NULL,
    message               text,                                 -- the merchant's, with the last request
    requested_at          timestamptz,
    notify_customer       boolean     NOT NULL DEFAULT false,
    destination           jsonb,
    answer                text        CHECK (answer IN ('accept', 'reject', 'accept_cancellation', 'reject_cancellation', 'close')),
    answers               bigint      NOT NULL DEFAULT 0,       -- numbers the answers; each is told once
    answer_state          text        CHECK (answer_state IN ('waiting', 'told', 'refused', 'failed')),
    answer_message        text,                                 -- ours, to the merchant
    answer_reason         text,                                 -- of a rejection
    answer_trouble        text,                                 -- why it is refused or failed
    settled_pull          bigint      NOT NULL DEFAULT 0,       -- pulls up to this one may have read what was before the last telling
    look_again            boolean     NOT NULL DEFAULT false,   -- pull when the answer has been told
    version               bigint      NOT NULL,                 -- the count of its events
    received_at           timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    PRIMARY KEY (store_id, fulfillment_order_id),
    CHECK ((answer IS NULL) = (answer_state IS NULL))
);
CREATE INDEX assignments_by_status ON assignments (status, store_id, fulfillment_order_id);
CREATE INDEX assignments_of_order ON assignments (store_id, order_name);

CREATE TABLE assignment_lines (
    store_id              bigint NOT NULL,
    fulfillment_order_id  bigint NOT NULL,
    id                    bigint NOT NULL,                      -- the store's id of the fulfillment order's line
    order_line_id         bigint NOT NULL,
    inventory_item_id     bigint,
    sku                   text,                                 -- null: not known yet, or the store gives it none
    quantity              bigint NOT NULL CHECK (quantity >= 0),
    shipped               bigint NOT NULL DEFAULT 0 CHECK (shipped BETWEEN 0 AND quantity),
    fault                 text,                                 -- what we told the store is wrong with it
    PRIMARY KEY (store_id, fulfillment_order_id, id),
    FOREIGN KEY (store_id, fulfillment_order_id) REFERENCES assignments
);
CREATE INDEX assignment_lines_sku ON assignment_lines (store_id, sku);

CREATE TABLE parcels (
    store_id              bigint      NOT NULL,
    id                    bigint      NOT NULL,
    fulfillment_order_id  bigint      NOT NULL,
    carrier               text        NOT NULL,
    booked_as             text[]      NOT NULL,                 -- the tracking numbers that its booking tells
    told                  text        NOT NULL CHECK (told IN ('waiting', 'told', 'refused', 'failed')),
    trouble               text,                                 -- why it is refused or failed
    fulfillment_id        bigint,                               -- the store's, once it is told
    fulfillment_name      text,
    actor                 text        NOT NULL,
    shipped_at            timestamptz NOT NULL,
    told_at               timestamptz,
    cancelled_at          timestamptz,                          -- it does not count: its units are on the shelf again
    corrections           bigint      NOT NULL DEFAULT 0,       -- numbers what was put right: tracking, or that it is cancelled
    correction_state      text        CHECK (correction_state IN ('waiting', 'told', 'refused', 'failed')),
    correction_trouble    text,
    PRIMARY KEY (store_id, id),
    CHECK ((told IN ('refused', 'failed')) = (trouble IS NOT NULL)),
    CHECK ((corrections = 0) = (correction_state IS NULL)),
    CHECK ((coalesce(correction_state, 'told') IN ('refused', 'failed')) = (correction_trouble IS NOT NULL)),
    FOREIGN KEY (store_id, fulfillment_order_id) REFERENCES assignments
);
CREATE INDEX parcels_of_assignment ON parcels (fulfillment_order_id, store_id, id);
CREATE INDEX parcels_fulfillment_name ON parcels (store_id, fulfillment_name) WHERE fulfillment_name IS NOT NULL;

-- A parcel's tracking numbers. No two parcels that count have the same one.
CREATE TABLE parcel_numbers (
    store_id              bigint      NOT NULL,
    parcel_id             bigint      NOT NULL,
    place                 integer     NOT NULL CHECK (place > 0),
    carrier               text        NOT NULL,
    tracking_number       text        NOT NULL,
    counts                boolean     NOT NULL DEFAULT true,    -- false once its parcel is cancelled
    PRIMARY KEY (store_id, parcel_id, place),
    FOREIGN KEY (store_id, parcel_id) REFERENCES parcels
);
CREATE UNIQUE INDEX parcel_numbers_booked ON parcel_numbers (store_id, carrier, tracking_number) WHERE counts;
CREATE INDEX parcel_numbers_by_number ON parcel_numbers (store_id, tracking_number);

CREATE TABLE parcel_lines (
    store_id              bigint NOT NULL,
    parcel_id             bigint NOT NULL,
    fulfillment_order_id  bigint NOT NULL,
    line_id               bigint NOT NULL,
    sku                   text   NOT NULL,
    quantity              bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (store_id, parcel_id, line_id),
    FOREIGN KEY (store_id, parcel_id) REFERENCES parcels
);
CREATE INDEX parcel_lines_of_assignment ON parcel_lines (store_id, fulfillment_order_id, line_id);

-- What carriers said of parcels that are in their stores' books, and what became of telling the stores.
CREATE TABLE carrier_events (
    store_id      bigint      NOT NULL,
    parcel_id     bigint      NOT NULL,
    number        bigint      NOT NULL CHECK (number > 0),
    status        text        NOT NULL,
    message       text,
    happened_at   timestamptz NOT NULL,
    place         jsonb       NOT NULL DEFAULT '{}',            -- where the parcel was, as far as the carrier says so
    told          text        NOT NULL CHECK (told IN ('waiting', 'told', 'refused', 'failed')),
    trouble       text,
    actor         text        NOT NULL,
    noted_at      timestamptz NOT NULL,
    PRIMARY KEY (store_id, parcel_id, number),
    CHECK ((told IN ('refused', 'failed')) = (trouble IS NOT NULL)),
    FOREIGN KEY (store_id, parcel_id) REFERENCES parcels
);

CREATE TABLE assignment_events (
    store_id              bigint      NOT NULL,
    fulfillment_order_id  bigint      NOT NULL,
    sequence              bigint      NOT NULL CHECK (sequence > 0),
    kind                  text        NOT NULL,
    status                text        NOT NULL,                 -- the assignment's after it
    message               text,
    reason                text,
    details               jsonb       NOT NULL DEFAULT '{}',
    actor                 text        NOT NULL,                 -- `store`, `service`, `token:{name}`, `user:{name}`
    at                    timestamptz NOT NULL,
    PRIMARY KEY (store_id, fulfillment_order_id, sequence),
    FOREIGN KEY (store_id, fulfillment_order_id) REFERENCES assignments
);

CREATE TABLE service_tokens (
    id          bigint      PRIMARY KEY,
    name        text        NOT NULL,
    hash        bytea       NOT NULL UNIQUE,                    -- SHA-256 of the token
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz
);

CREATE TABLE idempotency_keys (
    token_id      bigint      NOT NULL,
    key           text        NOT NULL,
    request_hash  bytea       NOT NULL,
    status        integer     NOT NULL,
    body          bytea       NOT NULL,
    used_at       timestamptz NOT NULL,
    PRIMARY KEY (token_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (used_at);
