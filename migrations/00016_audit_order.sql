-- +goose Up
-- A number that is drawn before the chain is held may be lower than that of the
-- event before it. So the end of the chain gives it.
ALTER TABLE audit_head ADD COLUMN last_id bigint NOT NULL DEFAULT 0;
UPDATE audit_head SET last_id = (SELECT coalesce(max(id), 0) FROM audit_event);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The row lock makes the chain one line, in the order of commits.
    UPDATE audit_head SET last_id = last_id + 1
    RETURNING last_id, hash INTO STRICT NEW.id, NEW.previous_hash;
    NEW.hash := audit_hash(NEW.previous_hash, NEW.occurred_at, NEW.actor_kind, NEW.actor_id,
                           NEW.action, NEW.subject_kind, NEW.subject_id, NEW.detail);
    UPDATE audit_head SET hash = NEW.hash;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT hash INTO STRICT NEW.previous_hash FROM audit_head FOR UPDATE;
    NEW.hash := audit_hash(NEW.previous_hash, NEW.occurred_at, NEW.actor_kind, NEW.actor_id,
                           NEW.action, NEW.subject_kind, NEW.subject_id, NEW.detail);
    UPDATE audit_head SET hash = NEW.hash;
    RETURN NEW;
END $$;
-- +goose StatementEnd
SELECT setval(pg_get_serial_sequence('audit_event', 'id'), greatest((SELECT max(last_id) FROM audit_head), 1));
ALTER TABLE audit_head DROP COLUMN last_id;
