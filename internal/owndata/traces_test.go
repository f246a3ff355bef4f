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
