//go:build drill

package e2e_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/owndata/owndatatest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// drillSchema is where the drill writes down what it has planted, and where the
// database itself writes down what goes and when: by its own clock, with as much
// ahead as the processes have.
const drillSchema = `
CREATE SCHEMA drill;
CREATE TABLE drill.clock (ahead interval NOT NULL);
INSERT INTO drill.clock VALUES ('0');
CREATE TABLE drill.row (n bigint PRIMARY KEY, kind text, source text, key text, began timestamptz, ends_at timestamptz, UNIQUE (source, key));
CREATE INDEX ON drill.row (kind, ends_at);
CREATE TABLE drill.gone (n bigint, ends_at timestamptz, gone_at timestamptz);
CREATE INDEX ON drill.gone (n);
CREATE TABLE drill.told (kind text, key text);
DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'drill' LOOP
        EXECUTE format('COMMENT ON COLUMN drill.%I.%I IS %L', c.table_name, c.column_name, 'no personal data');
    END LOOP;
END $$;
-- Whoever has an address goes a week after the warning at the earliest.
CREATE FUNCTION drill.end_of(r drill.row, person jsonb) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN r.kind <> 'account' OR person ->> 'email' = '' THEN r.ends_at
                WHEN (person ->> 'warned_at')::timestamptz > (person ->> 'logged_in_at')::timestamptz
                THEN greatest(r.ends_at, (person ->> 'warned_at')::timestamptz + interval '168 hours')
                ELSE 'infinity' END
$$;
CREATE FUNCTION drill.witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    place text := TG_TABLE_NAME;
    known text := to_jsonb(OLD) ->> TG_ARGV[0];
BEGIN
    INSERT INTO drill.gone (n, ends_at, gone_at)
    SELECT r.n, drill.end_of(r, to_jsonb(OLD)), clock_timestamp() + (SELECT ahead FROM drill.clock)
      FROM drill.row AS r
     WHERE r.source = place AND r.key = known;
    RETURN NULL;
END $$;
CREATE FUNCTION drill.tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO drill.told VALUES (NEW.kind, NEW.key);
    RETURN NULL;
END $$`

// plantKind plans rows of a kind around each step of the clock: some are due by
// then, some fall due while a process is at work, some soon after.
const plantKind = `
INSERT INTO drill.row (n, kind, source, key, began, ends_at)
SELECT n, kind, $3, %s, began, keeping_end(began, months, days, hours) + $4::text::interval
  FROM (SELECT $1 - 1 + row_number() OVER (ORDER BY want) AS n, kind, months, days, hours,
               ((want - $4::text::interval) AT TIME ZONE 'Europe/Helsinki' - make_interval(months => months, days => days)) AT TIME ZONE 'Europe/Helsinki'
               - make_interval(hours => hours) AS began
          FROM (SELECT r.*, $5::timestamptz + step * $6::text::interval
                       + CASE (step + i) %% 3 WHEN 0 THEN -600 * random() WHEN 1 THEN 3 * random() ELSE 3 + 300 * random() END * interval '1 second' AS want
                  FROM retention_rule AS r, generate_series(1, $7::integer, $8) AS step, generate_series(1, $9) AS i
                 WHERE r.kind = $2 AND r.version = 1) AS wanted) AS begun`

// plant fills the database with rows that fall due in so many steps of the clock.
func (d *keepingDrill) plant(t *testing.T, steps int) {
	t.Helper()
	d.exec(t, drillSchema)
	for i, k := range allKept() {
		base := int64(i+1) * 1_000_000
		if k.kind == "account" {
			base = firstLeaver
		}
		late := k.late
		if late == "" {
			late = "0"
		}
		d.exec(t, fmt.Sprintf(plantKind, k.value), base, k.kind, k.table, late, d.begins, drillStep.String(), steps, max(k.rare, 1), max(k.often, 1))
	}
	d.plantPeople(t)
	for _, k := range allKept() {
		if k.insert != "" {
			d.exec(t, `WITH p AS (SELECT * FROM drill.row WHERE kind = $1)`+k.insert, k.kind)
		}
	}
	for _, c := range customers() {
		if c.insert != "" {
			d.exec(t, `WITH p AS (SELECT * FROM drill.row WHERE kind IN ('application', 'customership'))`+c.insert)
		}
	}
	d.plantDocuments(t)
	d.plantEvents(t)
	for _, k := range allKept() {
		when := "AFTER DELETE ON " + k.table + " FOR EACH ROW"
		if k.kind == "data_request" {
			when = "AFTER UPDATE ON data_request FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)"
		}
		d.exec(t, fmt.Sprintf("CREATE OR REPLACE TRIGGER drill_witness %s EXECUTE FUNCTION drill.witness(%s)", when, k.key))
	}
	d.exec(t, `CREATE TRIGGER drill_tell AFTER INSERT ON mail_outbox FOR EACH ROW EXECUTE FUNCTION drill.tell()`)
	d.exec(t, `ANALYZE`) //nolint:misspell // the statement is spelt so
}

// plantPeople makes those whose accounts end. Some have no address, some were
// warned in time and some will be warned. One in thirty waits for an answer and
// must stay.
func (d *keepingDrill) plantPeople(t *testing.T) {
	t.Helper()
	never := d.begins.AddDate(1, 0, 0) // what is theirs goes with them only
	d.leavers = d.number(t, `SELECT count(*) FROM drill.row WHERE kind = 'account'`)
	err := d.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		return owndatatest.Insert(t.Context(), tx, firstLeaver, firstLeaver+d.leavers-1, never)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.exec(t, `UPDATE person SET logged_in_at = r.began, email = CASE WHEN r.n % 6 IN (0, 3) THEN '' ELSE 'leaver' || r.n || '@drill.example' END,
		       warned_at = CASE WHEN r.n % 6 IN (1, 4, 5) THEN r.ends_at - interval '170 hours' END, warned_days = CASE WHEN r.n % 6 IN (1, 4, 5) THEN 7 END
		  FROM drill.row AS r WHERE r.n = person.id`)
	d.exec(t, `UPDATE data_request SET kind = 'inspection' WHERE state = 'waiting' AND person_id % 30 = 0`)
	d.exec(t, `UPDATE drill.row SET ends_at = 'infinity' WHERE kind = 'account' AND n % 30 = 0`)
	d.exec(t, `INSERT INTO person (id, foreign_index, foreign_sealed, key_id, first_names, call_name, family_name, source, sourced_at, language, created_at, logged_in_at)
		VALUES ($1, int8send($1), '', 'test', 'Aino', '', 'Esimerkki', 'identification', $2, 'fi', $2, $2)`, stayer, never)
	d.exec(t, `INSERT INTO profile (person_id, created_at, changed_at) VALUES ($1, $2, $2)`, stayer, never)
}

const scannedPDF = "%PDF-1.4 ote äyrämö"

// plantDocuments seals a document for each organisation as the portal does.
func (d *keepingDrill) plantDocuments(t *testing.T) {
	t.Helper()
	ring := ""
	for _, variable := range d.env {
		if value, ok := strings.CutPrefix(variable, "PERSON_KEYS="); ok {
			ring = value
		}
	}
	keys, err := secret.NewKeyring(ring)
	if err != nil {
		t.Fatal(err)
	}
	var batch pgx.Batch
	for n, began := range d.organisations(t) {
		key := fmt.Sprint("doc", n)
		batch.Queue(`INSERT INTO document (key, subject_kind, subject_id, submission, type, size, name, content, uploaded_by, uploaded_at)
			VALUES ($1, 'request', $2, $1, 'application/pdf', $3, $4, $5, 1, $6)`, key, strconv.FormatInt(n, 10), len(scannedPDF),
			keys.Seal([]byte("Ote.pdf"), "document.name:"+key), keys.Seal([]byte(scannedPDF), "document.content:"+key), began)
	}
	if err := d.db.SendBatch(t.Context(), &batch).Close(); err != nil {
		t.Fatal(err)
	}
}

// organisations are the numbers of those that were planted.
func (d *keepingDrill) organisations(t *testing.T) map[int64]time.Time {
	t.Helper()
	rows, err := d.db.Query(t.Context(), `SELECT n, began FROM drill.row WHERE kind IN ('application', 'customership')`)
	if err != nil {
		t.Fatal(err)
	}
	all := map[int64]time.Time{}
	var n int64
	var began time.Time
	if _, err := pgx.ForEachRow(rows, []any{&n, &began}, func() error { all[n] = began; return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// plantEvents writes the oldest events of the log, which come before all others.
func (d *keepingDrill) plantEvents(t *testing.T) {
	t.Helper()
	for more := true; more; {
		tag, err := d.db.Exec(t.Context(), `
			INSERT INTO audit_event (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
			SELECT began, 'system', 'drill', 'drill.planted', 'drill', n::text, '{}' FROM drill.row
			 WHERE kind = 'audit' AND n > (SELECT coalesce(max(subject_id::bigint), 0) FROM audit_event WHERE action = 'drill.planted')
			 ORDER BY n LIMIT 100`)
		if err != nil {
			t.Fatal(err)
		}
		more = tag.RowsAffected() > 0
	}
	d.exec(t, `UPDATE drill.row AS r SET key = e.id::text FROM audit_event AS e WHERE e.action = 'drill.planted' AND e.subject_id = r.n::text`)
	// What migrating has recorded goes before them.
	d.exec(t, `INSERT INTO drill.row (n, kind, source, key, began, ends_at)
		SELECT -id, 'audit', 'audit_event', id::text, occurred_at, keeping_end(occurred_at, 60, 0, 0) FROM audit_event WHERE action <> 'drill.planted'`)
}
