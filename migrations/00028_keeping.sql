-- +goose Up
-- The operator makes backups and deletes them; the period is promised to persons.
INSERT INTO retention_rule (kind, version, trigger, days, action, ground, in_force_from)
VALUES ('backup', 1, 'backed_up', 30, 'delete', 'need', '2026-11-22 00:00:00+02');

-- What the archive's decision says is about persons who are customers. Partners'
-- data is kept because it must be possible to show what was agreed.
UPDATE retention_rule
   SET ground = 'evidence'
 WHERE kind IN ('customership', 'application', 'acceptance', 'decision', 'document');

-- A person's sessions go with the person, those that have ended too.
CREATE INDEX session_owner_idx ON session (person_id);
-- Events come in the order of time, so that little is enough to find the old ones.
CREATE INDEX audit_event_occurred_idx ON audit_event USING brin (occurred_at);

-- +goose Down
DROP INDEX audit_event_occurred_idx, session_owner_idx;
UPDATE retention_rule
   SET ground = 'archive_decision'
 WHERE kind IN ('customership', 'application', 'acceptance', 'decision', 'document');
DELETE FROM retention_rule WHERE kind = 'backup';
