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

-- Nulls are left out, so that a column added later does not change the hashes of the rows before it; times are numbers,
-- so that no session's time zone does. A further time column of these tables has to be treated as `at` is.
CREATE FUNCTION digest(entry jsonb, at timestamptz) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000                 -- so that digesting many is worth some processes
AS $$
BEGIN
    RETURN sha256(convert_to(
        (jsonb_strip_nulls(entry - '{at,hash}'::text[]) || jsonb_build_object('at', extract(epoch FROM at)))::text,
        'UTF8'));
END
$$;

CREATE FUNCTION chained(previous bytea, entry bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(coalesce(previous, '') || entry);

-- The lock is the one that closing a seal waits for: after it, no row can join the seal that was closed.
CREATE FUNCTION open_seal(of_shop bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1397047628, hashint8(of_shop));
    RETURN coalesce((SELECT max(number) FROM seals WHERE shop_id = of_shop), 1);
END
$$;

CREATE FUNCTION chain_event() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.seal := open_seal(NEW.shop_id);
    NEW.hash := chained(
        (SELECT hash FROM events
         WHERE shop_id = NEW.shop_id AND order_id = NEW.order_id AND sequence = NEW.sequence - 1),
        digest(to_jsonb(NEW), NEW.at));
    RETURN NEW;
END
$$;

CREATE FUNCTION chain_stock_move() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.seal := open_seal(NEW.shop_id);
    NEW.hash := chained(
        (SELECT hash FROM stock_moves
         WHERE shop_id = NEW.shop_id AND inventory_item_id = NEW.inventory_item_id AND location_id = NEW.location_id
            AND id < NEW.id
         ORDER BY id DESC LIMIT 1),
        digest(to_jsonb(NEW), NEW.at));
    RETURN NEW;
END
$$;

CREATE TRIGGER chained BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION chain_event();
CREATE TRIGGER chained BEFORE INSERT ON stock_moves FOR EACH ROW EXECUTE FUNCTION chain_stock_move();
