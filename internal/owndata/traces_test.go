package owndata_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"mime/quotedprintable"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// encodings are the ways in which a text may lie about.
func encodings(s string) map[string]string {
	var little, big []byte
	for _, u := range utf16.Encode([]rune(s)) {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	var qp strings.Builder
	w := quotedprintable.NewWriter(&qp)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	ascii := fmt.Sprintf("%+q", s)
	script, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text
	}
	all := map[string]string{
		"plain": s, "lower": strings.ToLower(s), "upper": strings.ToUpper(s),
		"UTF-16": string(little), "UTF-16 big": string(big),
		"UTF-16 in hex": hex.EncodeToString(little), "UTF-16 big in hex": hex.EncodeToString(big),
		"hex": hex.EncodeToString([]byte(s)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(s))),
		"URL": url.QueryEscape(s), "quoted-printable": strings.TrimSuffix(qp.String(), "=\r\n"),
		"JSON": ascii[1 : len(ascii)-1], "JSON in a page": string(script[1 : len(script)-1]), "HTML": html.EscapeString(s),
	}
	for phase := range 3 {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", phase) + s))
		all[fmt.Sprint("base64 ", phase)] = text[(phase*8+5)/6 : len(text)-2]
	}
	return all
}

// traces are what to look for: every encoding of what tells of one canary.
type traces map[string]string

// traces returns what every marker of c begins with, what of c bears no marker,
// and the number of the person.
func (c *canary) traces() traces {
	c.tb.Helper()
	all := traces{}
	add := func(what, text string) {
		for encoding, pattern := range encodings(text) {
			all[what+", "+encoding] = pattern
		}
	}
	add("a marker of "+c.name, c.beginning())
	for name, marker := range c.markers {
		if !strings.HasPrefix(marker, c.beginning()) && !isTime(marker) {
			add(name+" of "+c.name, marker)
		}
	}
	for name, value := range c.bytes() {
		all[name+" of "+c.name+", bytes"] = string(value)
		all[name+" of "+c.name+", bytes in hex"] = hex.EncodeToString(value)
	}
	if c.id != 0 {
		all["the number of "+c.name] = c.id.String()
	}
	return all
}

// A time alone tells of nobody.
func isTime(marker string) bool { return strings.HasPrefix(marker, "20") }

// bytes are the values of c that cannot hold a marker: sealed texts and hashes.
func (c *canary) bytes() map[string][]byte {
	c.tb.Helper()
	all := map[string][]byte{}
	for table, columns := range c.columns() {
		for _, col := range columns {
			if !col.Personal || col.kind != "bytea" {
				continue
			}
			rows, err := c.db.Query(c.tb.Context(), fmt.Sprintf("SELECT %s FROM %s WHERE %[1]s IS NOT NULL", col.Name, table))
			if err != nil {
				c.tb.Fatal(err)
			}
			values, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
			if err != nil {
				c.tb.Fatal(err)
			}
			for i, v := range values {
				if len(v) >= 16 {
					all[fmt.Sprintf("%s.%s %d", table, col.Name, i)] = v
				}
			}
		}
	}
	return all
}

// in returns which of the traces are in text.
func (t traces) in(text string) []string {
	var found []string
	for what, pattern := range t {
		if strings.Contains(text, pattern) {
			found = append(found, what)
		}
	}
	slices.Sort(found)
	return found
}

// inDatabase returns the columns that hold a trace, and which.
func (t traces) inDatabase(tb testing.TB, db *postgres.DB) map[string][]string {
	tb.Helper()
	found := map[string][]string{}
	for column, text := range dumpOf(tb, db) {
		if f := t.in(text); len(f) > 0 {
			found[column] = f
		}
	}
	return found
}

// inFiles returns the files below a folder that hold a trace, and which. A name
// counts too.
func (t traces) inFiles(tb testing.TB, folder string) map[string][]string {
	tb.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		if f := t.in(name + "\n" + string(content)); len(f) > 0 {
			found[filepath.ToSlash(name)] = f
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

const selectEveryColumn = `
SELECT c.relname, a.attname
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'm')
   AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)`

// dumpOf is the text of every column of every table: those of the portal, of the
// queue and of the migrations.
func dumpOf(tb testing.TB, db *postgres.DB) map[string]string {
	tb.Helper()
	rows, err := db.Query(tb.Context(), selectEveryColumn)
	if err != nil {
		tb.Fatal(err)
	}
	dump := map[string]string{}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Table, Name string }])
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range columns {
		var text string
		query := fmt.Sprintf(`SELECT coalesce(string_agg(%s::text, E'\n'), '') FROM %s`, pgx.Identifier{c.Name}.Sanitize(), pgx.Identifier{c.Table}.Sanitize())
		if err := db.QueryRow(tb.Context(), query).Scan(&text); err != nil {
			tb.Fatal(err)
		}
		dump[c.Table+"."+c.Name] = text
	}
	return dump
}

// report tells of each difference between where traces are and where they may be.
func report(tb testing.TB, when string, found map[string][]string, may map[string]string) {
	tb.Helper()
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if may[place] == "" {
			tb.Errorf("%s: %s holds %s", when, place, strings.Join(found[place], "; "))
		}
	}
	for _, place := range slices.Sorted(maps.Keys(may)) {
		if len(found[place]) == 0 {
			tb.Errorf("%s: %s holds nothing, though it is said to stay: %s", when, place, may[place])
		}
	}
}

const selectRelations = `
SELECT c.oid::regclass::text, pg_read_binary_file(pg_relation_filepath(c.oid))
  FROM pg_class AS c
 WHERE pg_relation_filepath(c.oid) IS NOT NULL
   AND NOT c.relisshared
   AND c.relname <> 'pg_statistic'
   AND c.relkind IN ('r', 'i', 't', 'm', 'S')`

// holdRelations reads the files of the database itself: tables, indexes and what is
// stored apart. What has been deleted lies in the free space of a file until
// something is written over it, so the files are written anew first. The
// write-ahead log is not looked at: the server keeps it as long as it is told to.
func (w *world) holdRelations(t *testing.T, looked traces) {
	t.Helper()
	var found []string
	// What another transaction may still see is not left out; the server itself
	// looks at tables now and then.
	for range 20 {
		if found = w.inRelations(t, looked); len(found) == 0 {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	for _, one := range found {
		t.Error(one)
	}
}

func (w *world) inRelations(t *testing.T, looked traces) (found []string) {
	t.Helper()
	for _, query := range []string{`VACUUM FULL`, `CHECKPOINT`} {
		if _, err := w.db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := w.db.Query(t.Context(), selectRelations)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var name string
	var content []byte
	_, err = pgx.ForEachRow(rows, []any{&name, &content}, func() error {
		n++
		for _, what := range looked.in(string(content)) {
			found = append(found, "the file of "+name+" holds "+what)
		}
		return nil
	})
	if err != nil || n < 300 {
		t.Errorf("read %d files of the database: %v", n, err)
	}
	return found
}

const selectCounted = `
SELECT s.tablename || '.' || s.attname
  FROM pg_stats AS s
  JOIN pg_class AS c ON c.relname = s.tablename AND c.relnamespace = 'public'::regnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = s.attname
 WHERE s.schemaname = 'public'
   AND col_description(c.oid, a.attnum) LIKE 'personal: %'
   AND a.atttypid NOT IN ('timestamptz'::regtype, 'bigint'::regtype, 'integer'::regtype, 'smallint'::regtype, 'boolean'::regtype, 'bigint[]'::regtype)`

// counted are the personal columns of which the planner may know values, none of
// which tells of anybody by itself: codes of closed lists; numbers of rows, the
// hash of terms, a day and a random key; the IDs of organisations.
func counted() []string {
	return strings.Fields(`
		application.authority application.kind application.language application.status application_draft.language application_revision.authority
		audit_event.action audit_event.subject_kind consent.language consent.purpose data_certificate.language data_request.channel
		data_request.identification data_request.kind data_request.language data_request.outcome data_request.state data_request_note.kind
		decision.grounds decision.kind document.type eures_publication.citizenship eures_publication.country eures_publication.languages
		eures_publication.sex job_watch.language job_watch.rhythm mail_outbox.kind mail_outbox.language mail_outbox.status parked_form.kind
		partner_departure.authority partner_departure.language partner_duty.answer partner_duty.authority partner_duty.code person.country
		person.language person.municipality profile.citizenship profile.country profile.military_service profile.nationality profile.sex
		profile.working_languages profile_draft.section profile_entry.section review_request.fields review_request.kind review_request.state
		session.acting_authority session.acting_roles session.end_reason session.kind session.language session.level staff_grant.staff_group
		staff_grant.status terms_acceptance.authority terms_acceptance.how terms_acceptance.kind terms_acceptance.language

		audit_event.actor_id audit_event.subject_id job_watch.erasure_key review_request.due_on terms_acceptance.hash terms_told.receiver
		viewing.subject_id

		application.business_id application_draft.business_id decision.business_id organisation.business_id partner.business_id
		partner_departure.business_id session.acting_business_id terms_acceptance.business_id`)
}

// holdStatistics holds what the planner knows to what tells of nobody: it outlives
// the rows.
func (w *world) holdStatistics(t *testing.T) {
	t.Helper()
	if _, err := w.db.Exec(t.Context(), `ANALYZE`); err != nil { //nolint:misspell // SQL
		t.Fatal(err)
	}
	rows, err := w.db.Query(t.Context(), selectCounted)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(columns) < 20 {
		t.Fatalf("the planner knows of %d columns: %v", len(columns), err)
	}
	for _, c := range columns {
		if !slices.Contains(counted(), c) {
			t.Errorf("the planner knows values of %s; the migration that makes the column must say SET STATISTICS 0, or this test why not", c)
		}
	}
}
