-- +goose Up
-- One new version of the row an event, not two: versions that a long snapshot may
-- still see are walked by every event after it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The row lock makes the chain one line, in the order of commits.
    SELECT last_id + 1, hash INTO STRICT NEW.id, NEW.previous_hash FROM audit_head FOR UPDATE;
    NEW.hash := audit_hash(NEW.previous_hash, NEW.occurred_at, NEW.actor_kind, NEW.actor_id,
                           NEW.action, NEW.subject_kind, NEW.subject_id, NEW.detail);
    UPDATE audit_head SET last_id = NEW.id, hash = NEW.hash;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- What time it is, for what must not go too early: to the portal's own role it is
-- the clock's, whatever the rows say that it writes. The owner may do anything in
-- any case, and tests move its time.
-- +goose StatementBegin
CREATE FUNCTION release_time(told timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = 'public.audit_event'::regclass), 'MEMBER')
                THEN told ELSE least(told, clock_timestamp()) END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION release_audit_events(upto bigint) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    newest timestamptz;
    end_of bytea;
    n      integer;
BEGIN
    PERFORM FROM audit_head FOR UPDATE;
    SELECT release_time(occurred_at) INTO newest FROM audit_event ORDER BY id DESC LIMIT 1;
    IF EXISTS (SELECT FROM audit_event WHERE id <= upto AND occurred_at > newest - interval '1 year') THEN
        RAISE EXCEPTION 'audit events of the last year stay';
    END IF;
    SELECT hash INTO STRICT end_of FROM audit_event WHERE id = upto;
    UPDATE audit_head SET base_id = upto, base_hash = end_of;
    DELETE FROM audit_event WHERE id <= upto;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
-- +goose StatementEnd

-- A package may be claimed by whoever can write the table of packages; the times of
-- decisions and acceptances nobody but the owner can change.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_handed_over(business text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM handover
                    WHERE subject = business
                      AND written_at IS NOT NULL
                      AND outcome = ''
                      AND coalesce(keeping_end(greatest((SELECT max(made_at) FROM decision WHERE business_id = business),
                                                        (SELECT max(accepted_at) FROM terms_acceptance WHERE business_id = business)), 12, 0, 0),
                                   '-infinity') <= release_time(written_at))
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_handed_over(business text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM handover WHERE subject = business AND written_at IS NOT NULL AND outcome = '')
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION release_audit_events(upto bigint) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    newest timestamptz;
    end_of bytea;
    n      integer;
BEGIN
    PERFORM FROM audit_head FOR UPDATE;
    SELECT occurred_at INTO newest FROM audit_event ORDER BY id DESC LIMIT 1;
    IF EXISTS (SELECT FROM audit_event WHERE id <= upto AND occurred_at > newest - interval '1 year') THEN
        RAISE EXCEPTION 'audit events of the last year stay';
    END IF;
    SELECT hash INTO STRICT end_of FROM audit_event WHERE id = upto;
    UPDATE audit_head SET base_id = upto, base_hash = end_of;
    DELETE FROM audit_event WHERE id <= upto;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
-- +goose StatementEnd
DROP FUNCTION release_time;
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
