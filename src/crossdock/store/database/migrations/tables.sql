-- The store side. Every table is keyed (shop_id, id) and every statement names the shop, so that tables can be
-- distributed by shop. Times are the business clock's and come in as parameters. Money is integer minor units.

-- Indexes: of a table that PostgreSQL has not looked at yet it expects that any columns of an index narrow the rows down
-- as well as the whole key does. Beside the key, an index that begins with the shop and has the id would be taken for
-- the key and read from its beginning to its end for each row that is wanted. So an index that finds rows by something
-- begins with that, and one that sorts a shop's rows leaves the id out.

CREATE SEQUENCE ids;

CREATE TABLE shops (
    id                   bigint PRIMARY KEY,
    name                 text        NOT NULL,
    domain               text        NOT NULL UNIQUE,
    subdomain            text        NOT NULL UNIQUE,
    email                text        NOT NULL,
    currency             text        NOT NULL,
    timezone             text        NOT NULL,
    address              jsonb       NOT NULL,
    primary_location_id  bigint,
    last_order_number    bigint      NOT NULL DEFAULT 0,
    request_after        integer     CHECK (request_after >= 0),  -- seconds from an order to the request; null: by hand only
    routing_rules        jsonb,                                 -- null: the usual ones
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL
);

CREATE TABLE apps (
    shop_id        bigint      NOT NULL REFERENCES shops,
    id             bigint      NOT NULL,
    name           text        NOT NULL,
    client_id      text        NOT NULL UNIQUE,
    client_secret  text        NOT NULL,                        -- encrypted, with the id of its key
    old_secret     text,                                        -- what was the secret before, likewise
    old_until      timestamptz,                                 -- until then it still signs
    platform       text        NOT NULL CHECK (platform IN ('shopify', 'next29')),
    created_at     timestamptz NOT NULL,
    uninstalled_at timestamptz,
    PRIMARY KEY (shop_id, id)
);

CREATE TABLE tokens (
    shop_id     bigint      NOT NULL,
    id          bigint      NOT NULL,
    app_id      bigint      NOT NULL,
    hash        bytea       NOT NULL UNIQUE,                    -- SHA-256 of the token
    platform    text        NOT NULL CHECK (platform IN ('shopify', 'next29')),
    scopes      text[]      NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, app_id) REFERENCES apps
);

CREATE TABLE webhook_subscriptions (
    shop_id          bigint      NOT NULL,
    id               bigint      NOT NULL,
    app_id           bigint      NOT NULL,
    topics           text[]      NOT NULL CHECK (topics <> '{}'),  -- in the words of the app's platform
    address          text        NOT NULL,
    secret           text,                                      -- encrypted; null: the app's own signs
    fields           text[]      NOT NULL,                      -- of the body's top level; none: all
    format           text        NOT NULL DEFAULT 'json' CHECK (format IN ('json', 'xml')),
    filter           text,                                      -- in the words of the app's platform; null: everything
    metafield_namespaces text[]  NOT NULL DEFAULT '{}',
    name             text,
    api_version      text,                                      -- null: the newest
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    disabled_at      timestamptz,
    disabled_reason  text,
    warnings         integer     NOT NULL DEFAULT 0,            -- attempts of the delivery that disabled it
    removed          boolean     NOT NULL DEFAULT false,        -- the merchant still sees it, its app does not
    PRIMARY KEY (shop_id, id),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    CHECK (disabled_at IS NOT NULL OR NOT removed),
    FOREIGN KEY (shop_id, app_id) REFERENCES apps
);
-- Where each has a secret of its own, there may be several of a kind.
CREATE UNIQUE INDEX webhook_subscriptions_address ON webhook_subscriptions (shop_id, app_id, topics, md5(address))
    WHERE NOT removed AND secret IS NULL;
CREATE UNIQUE INDEX webhook_subscriptions_name ON webhook_subscriptions (shop_id, app_id, name)
    WHERE NOT removed AND secret IS NULL;

CREATE TABLE locations (
    shop_id     bigint      NOT NULL REFERENCES shops,
    id          bigint      NOT NULL,
    name        text        NOT NULL,
    address     jsonb       NOT NULL,
    active      boolean     NOT NULL DEFAULT true,
    fulfills_online_orders  boolean NOT NULL DEFAULT true,      -- orders are routed to it
    priority    bigint      NOT NULL,                           -- lower comes first
    destinations  text[]           NOT NULL DEFAULT '{}',       -- countries that it ships to; none: everywhere
    accepts_returns  boolean       NOT NULL DEFAULT false,
    latitude      double precision CHECK (latitude BETWEEN -90 AND 90),     -- null: where its address is
    longitude     double precision CHECK (longitude BETWEEN -180 AND 180),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deactivated_at  timestamptz,
    deleted_at  timestamptz,                                    -- there for what was shipped from it only
    PRIMARY KEY (shop_id, id),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);
CREATE UNIQUE INDEX locations_name ON locations (shop_id, lower(name)) WHERE deleted_at IS NULL;

CREATE TABLE fulfillment_services (
    shop_id                   bigint      NOT NULL,
    id                        bigint      NOT NULL,
    app_id                    bigint      NOT NULL,
    name                      text        NOT NULL,
    handle                    text        NOT NULL,
    location_id               bigint      NOT NULL,
    callback_url              text,
    tracking_support          boolean     NOT NULL,
    inventory_management      boolean     NOT NULL,
    requires_shipping_method  boolean     NOT NULL,
    permits_sku_sharing       boolean     NOT NULL,
    created_at                timestamptz NOT NULL,
    deleted_at                timestamptz,
    PRIMARY KEY (shop_id, id),
    UNIQUE (shop_id, location_id),
    FOREIGN KEY (shop_id, app_id) REFERENCES apps,
    FOREIGN KEY (shop_id, location_id) REFERENCES locations
);
CREATE UNIQUE INDEX fulfillment_services_name ON fulfillment_services (shop_id, lower(name)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX fulfillment_services_handle ON fulfillment_services (shop_id, handle) WHERE deleted_at IS NULL;

CREATE TABLE products (
    shop_id       bigint      NOT NULL REFERENCES shops,
    id            bigint      NOT NULL,
    title         text        NOT NULL,
    handle        text        NOT NULL,
    vendor        text,
    product_type  text        NOT NULL,
    body_html     text,
    status        text        NOT NULL,
    tags          text        NOT NULL,
    options       text[]      NOT NULL DEFAULT '{Title}',       -- names of what its variants differ in
    details       jsonb       NOT NULL DEFAULT '{}',            -- what only 29 Next has of it
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id)
);

-- A variant is its inventory item too: there is exactly one of each for the other.
CREATE TABLE variants (
    shop_id            bigint      NOT NULL,
    id                 bigint      NOT NULL,
    product_id         bigint      NOT NULL,
    inventory_item_id  bigint      NOT NULL,
    position           integer     NOT NULL,
    title              text        NOT NULL,
    options            text[]      NOT NULL DEFAULT '{}',       -- its values of the product's options; none: the title
    sku                text,
    barcode            text,
    price              bigint      NOT NULL CHECK (price >= 0),
    grams              integer     NOT NULL,
    requires_shipping  boolean     NOT NULL,
    taxable            boolean     NOT NULL,
    managed_by         text,                                    -- null: nobody counts its stock
    may_oversell       boolean     NOT NULL,
    cost               bigint      CHECK (cost >= 0),           -- of one unit
    country_code_of_origin           text,
    province_code_of_origin          text,
    harmonized_system_code           text,
    country_harmonized_system_codes  jsonb NOT NULL DEFAULT '[]',
    details            jsonb       NOT NULL DEFAULT '{}',       -- what only 29 Next has of it
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    UNIQUE (inventory_item_id, shop_id),
    FOREIGN KEY (shop_id, product_id) REFERENCES products ON DELETE CASCADE
);
CREATE INDEX variants_of_product ON variants (product_id, shop_id);
CREATE INDEX variants_sku ON variants (sku, shop_id);

CREATE TABLE inventory_levels (
    shop_id            bigint      NOT NULL,
    id                 bigint      NOT NULL,
    inventory_item_id  bigint      NOT NULL,
    location_id        bigint      NOT NULL,
    available          bigint      NOT NULL DEFAULT 0,
    committed          bigint      NOT NULL DEFAULT 0,
    reserved           bigint      NOT NULL DEFAULT 0,
    damaged            bigint      NOT NULL DEFAULT 0,
    safety_stock       bigint      NOT NULL DEFAULT 0,
    quality_control    bigint      NOT NULL DEFAULT 0,
    incoming           bigint      NOT NULL DEFAULT 0,          -- on its way, so not on hand
    low_stock_threshold  integer   NOT NULL DEFAULT 0 CHECK (low_stock_threshold >= 0),  -- from here down it is low
    active             boolean     NOT NULL DEFAULT true,       -- false: not stocked there any more
    on_hand            bigint      GENERATED ALWAYS AS
        (available + committed + reserved + damaged + safety_stock + quality_control) STORED,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (shop_id, inventory_item_id, location_id),
    UNIQUE (id, shop_id),
    CHECK (committed >= 0),
    FOREIGN KEY (shop_id, inventory_item_id) REFERENCES variants (shop_id, inventory_item_id) ON DELETE CASCADE,
    FOREIGN KEY (shop_id, location_id) REFERENCES locations
);
CREATE INDEX inventory_levels_at_location ON inventory_levels (location_id, shop_id, id);

-- The ledger. A level's counters are the sum of its moves; `available_after` lets oversells be found at every prefix.
CREATE TABLE stock_moves (
    shop_id            bigint      NOT NULL,
    id                 bigint      NOT NULL,
    inventory_item_id  bigint      NOT NULL,
    location_id        bigint      NOT NULL,
    quantity           bigint      NOT NULL CHECK (quantity > 0),
    source             text,                                    -- null: units come in
    target             text,                                    -- null: units leave
    cause              text        NOT NULL,
    cause_id           bigint,
    reason             text,                                    -- what a count or correction was made for
    document           text,                                    -- the ledger document that it belongs to
    reference          text,                                    -- the document that a change by hand was made for
    obeys_policy       boolean     NOT NULL,
    available_after    bigint      NOT NULL,
    actor              text        NOT NULL,
    request_id         text,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    UNIQUE NULLS NOT DISTINCT (cause_id, inventory_item_id, location_id, shop_id, cause, source, target),
    CHECK (source IS DISTINCT FROM target)
);
CREATE INDEX stock_moves_of_level ON stock_moves (inventory_item_id, location_id, shop_id, id);

CREATE TABLE orders (
    shop_id             bigint      NOT NULL REFERENCES shops,
    id                  bigint      NOT NULL,
    number              bigint      NOT NULL,
    name                text        NOT NULL,
    version             bigint      NOT NULL,                   -- the count of its events
    currency            text        NOT NULL,
    financial_status    text        NOT NULL,
    fulfillment_status  text        CHECK (fulfillment_status IN ('partial', 'fulfilled')),
    stock_claim         text        NOT NULL,
    email               text,
    phone               text,
    note                text,
    tags                text        NOT NULL,
    note_attributes     jsonb       NOT NULL,
    source_name         text,
    import_key          text,
    test                boolean     NOT NULL,
    shipping_address    jsonb,
    billing_address     jsonb,
    shipping_title      text,
    shipping_code       text,
    shipping_price      bigint      NOT NULL DEFAULT 0 CHECK (shipping_price >= 0),
    app_id              bigint,
    processed_at        timestamptz NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    cancelled_at        timestamptz,
    cancel_reason       text,
    staff_note          text,
    closed_at           timestamptz,
    deleted_at          timestamptz,                            -- gone for whoever asks; the ledgers keep it
    PRIMARY KEY (shop_id, id),
    UNIQUE (shop_id, number)
);
CREATE UNIQUE INDEX orders_import_key ON orders (import_key, shop_id) WHERE import_key IS NOT NULL;
CREATE INDEX orders_name ON orders (name, shop_id);
-- Lists are sorted so, and whoever keeps in step with a shop asks for what changed since.
CREATE INDEX orders_processed ON orders (shop_id, processed_at);
CREATE INDEX orders_updated ON orders (shop_id, updated_at);

-- What is kept of an order for who placed it and who sells by it; only orders of which something was said have a row.
CREATE TABLE order_details (
    shop_id         bigint NOT NULL,
    order_id        bigint NOT NULL,
    customer        jsonb,
    metadata        jsonb,
    attribution     jsonb,
    payment_method  text,
    lines           jsonb NOT NULL,
    PRIMARY KEY (shop_id, order_id),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders
);

-- What people wrote at an order, for each other.
CREATE TABLE order_notes (
    shop_id     bigint      NOT NULL,
    id          bigint      NOT NULL,
    order_id    bigint      NOT NULL,
    message     text        NOT NULL,
    app_id      bigint,                                         -- null: the merchant's own
    author      text        NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders,
    FOREIGN KEY (shop_id, app_id) REFERENCES apps
);
CREATE INDEX order_notes_of_order ON order_notes (order_id, shop_id, id);

CREATE TABLE shipping_methods (
    shop_id        bigint  NOT NULL REFERENCES shops,
    id             bigint  NOT NULL,
    code           text    NOT NULL,
    name           text    NOT NULL,
    description    text    NOT NULL,
    countries      text[]  NOT NULL,                            -- where it goes to, ISO codes; none: everywhere
    delivery_time  text    NOT NULL,
    is_public      boolean NOT NULL,
    prices         jsonb   NOT NULL,
    PRIMARY KEY (shop_id, id),
    UNIQUE (shop_id, code)
);

CREATE TABLE order_lines (
    shop_id            bigint  NOT NULL,
    id                 bigint  NOT NULL,
    order_id           bigint  NOT NULL,
    title              text    NOT NULL,
    quantity           bigint  NOT NULL CHECK (quantity > 0),
    removed            bigint  NOT NULL CHECK (removed BETWEEN 0 AND quantity),
    price              bigint  NOT NULL,
    variant_id         bigint,
    product_id         bigint,
    inventory_item_id  bigint,
    sku                text,
    variant_title      text,
    vendor             text,
    grams              integer NOT NULL,
    requires_shipping  boolean NOT NULL,
    taxable            boolean NOT NULL,
    claims_stock       boolean NOT NULL,
    properties         jsonb   NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders
);
CREATE INDEX order_lines_of_order ON order_lines (order_id, shop_id, id);
-- Orders are searched by what is in them: a SKU whatever its case, or how it begins.
CREATE INDEX order_lines_sku ON order_lines (shop_id, lower(sku) text_pattern_ops) WHERE sku IS NOT NULL;

CREATE TABLE fulfillment_orders (
    shop_id            bigint      NOT NULL,
    id                 bigint      NOT NULL,
    order_id           bigint      NOT NULL,
    location_id        bigint      NOT NULL,
    place              text        NOT NULL,
    status             text        NOT NULL,
    request_status     text        NOT NULL,
    progress_reported  boolean     NOT NULL,
    fulfill_at         timestamptz,
    fulfill_by         timestamptz,
    split_from         bigint,
    replaces           bigint,
    merged_into        bigint,
    split_by_hold      boolean     NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders,
    FOREIGN KEY (shop_id, location_id) REFERENCES locations
);
CREATE INDEX fulfillment_orders_of_order ON fulfillment_orders (order_id, shop_id, id);
CREATE INDEX fulfillment_orders_updated ON fulfillment_orders (shop_id, updated_at);
CREATE INDEX fulfillment_orders_assigned ON fulfillment_orders (shop_id, location_id, request_status, id)
    WHERE status <> 'closed';

CREATE TABLE fulfillment_order_lines (
    shop_id               bigint NOT NULL,
    id                    bigint NOT NULL,
    fulfillment_order_id  bigint NOT NULL,
    order_line_id         bigint NOT NULL,
    inventory_item_id     bigint,
    variant_id            bigint,
    quantity              bigint NOT NULL,
    remaining             bigint NOT NULL CHECK (remaining BETWEEN 0 AND quantity),
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, fulfillment_order_id) REFERENCES fulfillment_orders,
    FOREIGN KEY (shop_id, order_line_id) REFERENCES order_lines
);
CREATE INDEX fulfillment_order_lines_of_order ON fulfillment_order_lines (fulfillment_order_id, shop_id, id);

CREATE TABLE merchant_requests (
    shop_id               bigint      NOT NULL,
    id                    bigint      NOT NULL,
    fulfillment_order_id  bigint      NOT NULL,
    kind                  text        NOT NULL,
    message               text,
    notify_customer       boolean     NOT NULL,
    sent_at               timestamptz NOT NULL,
    answer                text,
    answered_at           timestamptz,
    answer_message        text,
    estimated_shipped_at  timestamptz,
    rejection_reason      text,
    line_rejections       jsonb       NOT NULL,
    PRIMARY KEY (shop_id, id),
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    FOREIGN KEY (shop_id, fulfillment_order_id) REFERENCES fulfillment_orders
);
CREATE INDEX merchant_requests_of_order ON merchant_requests (fulfillment_order_id, shop_id, id);

CREATE TABLE holds (
    shop_id               bigint      NOT NULL,
    id                    bigint      NOT NULL,
    fulfillment_order_id  bigint      NOT NULL,
    reason                text        NOT NULL,
    notes                 text,
    handle                text        NOT NULL,
    external_id           text,
    app_id                bigint,
    placed_at             timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, fulfillment_order_id) REFERENCES fulfillment_orders
);
CREATE INDEX holds_of_order ON holds (fulfillment_order_id, shop_id, id);

CREATE TABLE fulfillments (
    shop_id          bigint      NOT NULL,
    id               bigint      NOT NULL,
    order_id         bigint      NOT NULL,
    number           integer     NOT NULL,
    location_id      bigint      NOT NULL,
    status           text        NOT NULL,
    service_handle   text        NOT NULL,
    tracking         jsonb       NOT NULL,
    notify_customer  boolean     NOT NULL,
    message          text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    UNIQUE (order_id, shop_id, number),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders
);

CREATE TABLE fulfillment_lines (
    shop_id                    bigint NOT NULL,
    id                         bigint NOT NULL,
    fulfillment_id             bigint NOT NULL,
    fulfillment_order_id       bigint NOT NULL,
    fulfillment_order_line_id  bigint NOT NULL,
    order_line_id              bigint NOT NULL,
    quantity                   bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, fulfillment_id) REFERENCES fulfillments,
    FOREIGN KEY (shop_id, order_line_id) REFERENCES order_lines
);
COMMENT ON COLUMN fulfillment_lines.fulfillment_order_line_id IS
    'Where the units came from. That line may be gone when the fulfillment was cancelled and its units went elsewhere.';
CREATE INDEX fulfillment_lines_of_fulfillment ON fulfillment_lines (fulfillment_id, shop_id, id);

CREATE TABLE carrier_events (
    shop_id                bigint      NOT NULL,
    id                     bigint      NOT NULL,
    fulfillment_id         bigint      NOT NULL,
    status                 text        NOT NULL,
    message                text,
    estimated_delivery_at  timestamptz,
    address1               text,
    address2               text,
    city                   text,
    province               text,
    zip                    text,
    country                text,
    latitude               double precision,
    longitude              double precision,
    happened_at            timestamptz NOT NULL,
    created_at             timestamptz NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, fulfillment_id) REFERENCES fulfillments
);
CREATE INDEX carrier_events_of_fulfillment ON carrier_events (fulfillment_id, shop_id, id);

CREATE TABLE events (
    shop_id               bigint      NOT NULL,
    order_id              bigint      NOT NULL,
    sequence              bigint      NOT NULL CHECK (sequence > 0),
    kind                  text        NOT NULL,
    fulfillment_order_id  bigint,
    fulfillment_id        bigint,
    location_id           bigint,
    status                text,
    request_status        text,
    message               text,
    reason                text,
    lines                 jsonb       NOT NULL,
    details               jsonb       NOT NULL,
    after                 jsonb,                                -- what the command changed, at its last event
    actor                 text        NOT NULL,
    request_id            text,
    at                    timestamptz NOT NULL,
    PRIMARY KEY (shop_id, order_id, sequence),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders
);

-- Why units went where they went, one row for each time that some of an order were routed: at this version of it.
CREATE TABLE routings (
    shop_id      bigint      NOT NULL,
    order_id     bigint      NOT NULL,
    version      bigint      NOT NULL,
    unavailable  bigint      NOT NULL CHECK (unavailable >= 0), -- units that nobody could ship
    explanation  jsonb       NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (shop_id, order_id, version),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders
);

-- How many webhooks each action became, so that it shows when one is missing. Forgotten before the webhooks are.
CREATE TABLE fan_outs (
    shop_id   bigint      NOT NULL,
    action    text        NOT NULL,
    webhooks  integer     NOT NULL CHECK (webhooks > 0),
    at        timestamptz NOT NULL,
    PRIMARY KEY (shop_id, action)
);
CREATE INDEX fan_outs_by_age ON fan_outs USING brin (at) WITH (autosummarize = on);

CREATE TABLE idempotency_keys (
    shop_id       bigint      NOT NULL,
    app_id        bigint      NOT NULL,
    key           text        NOT NULL,
    request_hash  bytea       NOT NULL,
    status        integer     NOT NULL,
    body          bytea       NOT NULL,
    used_at       timestamptz NOT NULL,
    PRIMARY KEY (shop_id, app_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (used_at);

-- How full the leaky bucket of each app's calls is, by the database's real time. Unlogged: a crash empties all buckets.
CREATE UNLOGGED TABLE call_buckets (
    shop_id  bigint           NOT NULL,
    app_id   bigint           NOT NULL,
    wire     text             NOT NULL,                         -- each wire of a platform has a bucket of its own
    level    double precision NOT NULL,
    at       timestamptz      NOT NULL,
    PRIMARY KEY (shop_id, app_id, wire)
);
