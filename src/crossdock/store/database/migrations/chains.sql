-- The audit log (events) and the stock ledger (stock_moves) are hash-chained: each row carries a hash over what it says
-- and the hash of the row before it, of the same order or of the same stock level. Whoever writes to an order or a level
-- holds its lock, so that a chain costs nobody any waiting. PostgreSQL chains the rows itself: no writer can forget to.
--
-- Over the chains of a shop runs one more, of seals. A row belongs to the seal that is open when it is written; a job
-- closes it from time to time, and its hash covers every row in it and the seal before.

CREATE TABLE seals (
    shop_id    bigint      NOT NULL REFERENCES shops,
    number     bigint      NOT NULL CHECK (number > 0),
    opened_at  timestamptz NOT NULL,
    entries    bigint,
    hash       bytea,                                           -- null: open, or about to be computed
    PRIMARY KEY (shop_id, number),
    CHECK ((entries IS NULL) = (hash IS NULL))
);

ALTER TABLE events ADD COLUMN seal bigint NOT NULL, ADD COLUMN hash bytea NOT NULL;
ALTER TABLE stock_moves ADD COLUMN seal bigint NOT NULL, ADD COLUMN hash bytea NOT NULL;

-- By seal first: an index that begins with the shop alone would tempt the planner away from the chains' own.
CREATE INDEX events_of_seal ON events (seal, shop_id);
CREATE INDEX stock_moves_of_seal ON stock_moves (seal, shop_id);

-- What an entry says, as text that no session's settings change: columns between commas in the order below, times as
-- numbers. A column that is added later is appended, where it is not null, so that the hashes before it stay:
-- `|| CASE WHEN entry.new IS NULL THEN '' ELSE ROW(entry.new)::text END`. A test asks that every column counts.
CREATE FUNCTION digest(entry events) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000                 -- so that digesting many is worth some processes
AS $$
BEGIN
    RETURN sha256(convert_to(ROW(
        entry.shop_id, entry.order_id, entry.sequence, entry.seal, entry.kind, entry.fulfillment_order_id,
        entry.fulfillment_id, entry.location_id, entry.status, entry.request_status, entry.message, entry.reason,
        entry.lines, entry.details, entry.after, entry.actor, entry.request_id, extract(epoch FROM entry.at)
    )::text, 'UTF8'));
END
$$;

CREATE FUNCTION digest(entry stock_moves) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
AS $$
BEGIN
    RETURN sha256(convert_to(ROW(
        entry.shop_id, entry.id, entry.seal, entry.inventory_item_id, entry.location_id, entry.quantity, entry.source,
        entry.target, entry.cause, entry.cause_id, entry.reason, entry.document, entry.reference,
        entry.obeys_policy, entry.available_after, entry.actor, entry.request_id, extract(epoch FROM entry.at)
    )::text, 'UTF8'));
END
$$;

CREATE FUNCTION chained(previous bytea, entry bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(coalesce(previous, '') || entry);

-- The lock is the one that closing a seal waits for: after it, no row can join the seal that was closed. Until the
-- transaction, or the savepoint that it was taken in, ends, the lock stands and so does the answer: both end together.
CREATE FUNCTION open_seal(of_shop bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    known text := current_setting('crossdock.open_seal', true);
    seal bigint;
BEGIN
    IF split_part(known, ':', 1) = of_shop::text THEN
        RETURN split_part(known, ':', 2);
    END IF;
    PERFORM pg_advisory_xact_lock_shared(1397047628, hashint8(of_shop));
    seal := coalesce((SELECT max(number) FROM seals WHERE shop_id = of_shop), 1);
    PERFORM set_config('crossdock.open_seal', of_shop || ':' || seal, true);
    RETURN seal;
END
$$;

CREATE FUNCTION chain_event() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
BEGIN
    NEW.seal := open_seal(NEW.shop_id);
    IF NEW.sequence > 1 THEN
        SELECT hash INTO previous FROM events
        WHERE shop_id = NEW.shop_id AND order_id = NEW.order_id AND sequence = NEW.sequence - 1;
    END IF;
    NEW.hash := chained(previous, digest(NEW));
    RETURN NEW;
END
$$;

CREATE FUNCTION chain_stock_move() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
BEGIN
    NEW.seal := open_seal(NEW.shop_id);
    SELECT hash INTO previous FROM stock_moves
    WHERE shop_id = NEW.shop_id AND inventory_item_id = NEW.inventory_item_id AND location_id = NEW.location_id
        AND id < NEW.id
    ORDER BY id DESC LIMIT 1;
    NEW.hash := chained(previous, digest(NEW));
    RETURN NEW;
END
$$;

CREATE TRIGGER chained BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION chain_event();
CREATE TRIGGER chained BEFORE INSERT ON stock_moves FOR EACH ROW EXECUTE FUNCTION chain_stock_move();
