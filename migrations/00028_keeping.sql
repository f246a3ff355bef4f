-- +goose NO TRANSACTION

-- +goose Up
-- Outside of a transaction, as the log's index takes its time and nobody may wait
-- for it. Every statement may run again.
-- The operator makes backups and deletes them; the period is promised to persons.
INSERT INTO retention_rule (kind, version, trigger, days, action, ground, in_force_from)
VALUES ('backup', 1, 'backed_up', 30, 'delete', 'need', '2026-11-22 00:00:00+02')
    ON CONFLICT ON CONSTRAINT retention_rule_pkey DO NOTHING;

-- What the archive's decision says is about persons who are customers. Partners'
-- data is kept because it must be possible to show what was agreed. No officers
-- have changed how long, so it is no new version.
UPDATE retention_rule
   SET ground = 'evidence'
 WHERE kind IN ('customership', 'application', 'acceptance', 'decision', 'document');

-- A person's sessions go with the person, those that have ended too.
DROP INDEX CONCURRENTLY IF EXISTS session_owner_idx;
CREATE INDEX CONCURRENTLY session_owner_idx ON session (person_id);
DROP INDEX CONCURRENTLY IF EXISTS session_person_idx;
-- Events come in the order of time, so that little is enough to find the old ones.
DROP INDEX CONCURRENTLY IF EXISTS audit_event_occurred_idx;
CREATE INDEX CONCURRENTLY audit_event_occurred_idx ON audit_event USING brin (occurred_at);

-- What the planner has counted of a column outlives the rows: the values of
-- somebody who is gone would lie in its statistics for as long as the table is not
-- looked at again. So it counts nothing that tells of anybody: no text that was
-- written, no name, no address, nothing sealed or hashed.
-- +goose StatementBegin
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT t.relname, a.attname
          FROM pg_class AS t
          JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE t.relkind = 'r'
           AND t.relnamespace = 'public'::regnamespace
           AND col_description(t.oid, a.attnum) LIKE 'personal: %'
           AND (a.atttypid IN ('jsonb'::regtype, 'bytea'::regtype, 'uuid'::regtype)
                OR col_description(t.oid, a.attnum) ~ 'category=(name|contact|birth_date|identity_code|free_text|health|request) '
                   AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'date'::regtype)
                   AND a.attname NOT IN ('type', 'kind', 'channel', 'identification', 'state', 'outcome')
                OR t.relname || '.' || a.attname = ANY (string_to_array(
                   'consent.receiver consent.words decision.organisation partner.name partner_departure.name partner_duty.ground ' ||
                   'profile_draft.seen session.acting_name terms_acceptance.organisation_name', ' ')))
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 0', c.relname, c.attname);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
CREATE INDEX IF NOT EXISTS session_person_idx ON session (person_id) WHERE ended_at IS NULL;
DROP INDEX IF EXISTS audit_event_occurred_idx;
DROP INDEX IF EXISTS session_owner_idx;
UPDATE retention_rule
   SET ground = 'archive_decision'
 WHERE kind IN ('customership', 'application', 'acceptance', 'decision', 'document');
DELETE FROM retention_rule WHERE kind = 'backup';
