package searchbench_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// relations hold the postings in the database. What costs the matcher time and
// can be done beforehand, SQL has for nothing: the words are analysed, the
// postings are indexed, and each search knows which of its conditions is rarest.
type relations struct {
	conn *pgxpool.Conn
	pid  uint32
}

func newRelations(b *testing.B, words *lexis.Analyser, documents []*document.Document) *relations {
	b.Helper()
	conn, err := pgtest.New(b).Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(conn.Release)
	r := &relations{conn, conn.Conn().PgConn().PID()}
	r.exec(b, `SET work_mem = '512MB'`)
	r.exec(b, `SET temp_buffers = '512MB'`)
	r.exec(b, `SET jit = off`)
	r.exec(b, `SET max_parallel_workers_per_gather = 0`)
	r.exec(b, `CREATE TEMP TABLE posting (n integer PRIMARY KEY, said text NOT NULL, terms tsvector)`)
	r.fill(b, "posting", len(documents), func(i int) []any { return []any{i, terms(words, documents[i])} }, "n", "said")
	r.exec(b, `UPDATE posting SET terms = said::tsvector`)
	r.exec(b, `CREATE INDEX ON posting USING gin (terms) WITH (fastupdate = off)`)
	r.exec(b, `VACUUM ANALYSE posting`)
	return r
}

func (r *relations) exec(b *testing.B, query string) {
	b.Helper()
	if _, err := r.conn.Exec(b.Context(), query); err != nil {
		b.Fatalf("%s: %v", query, err)
	}
}

func (r *relations) fill(b *testing.B, table string, n int, row func(i int) []any, columns ...string) {
	b.Helper()
	_, err := r.conn.CopyFrom(b.Context(), pgx.Identifier{table}, columns,
		pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil }))
	if err != nil {
		b.Fatalf("fill %s: %v", table, err)
	}
}

// spent is the processor time of the database's process for the connection.
func (r *relations) spent(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", r.pid))
	if err != nil {
		b.Fatalf("the database must run on this machine: %v", err)
	}
	ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(ns)
}

const (
	// Each search by itself, as one query on the index of the new postings.
	sqlMatchSearches = `
SELECT count(*)
  FROM watched AS s
 CROSS JOIN LATERAL (SELECT FROM posting AS p WHERE p.terms @@ s.query) AS p`

	// Each condition once however many searches share it, as bits of a window's
	// postings.
	sqlMatchConditions = `
CREATE TEMP TABLE held AS
SELECT c.id, p.n / 500 AS part, bit_or(set_bit(repeat('0', 500)::bit(500), p.n % 500, 1)) AS places
  FROM condition AS c
 CROSS JOIN LATERAL (SELECT n FROM posting AS p WHERE p.terms @@ c.query) AS p
 GROUP BY 1, 2`
)

// conjunctions joins the conditions of searches with k of them, rarest first.
func conjunctions(most int) string {
	var parts []string
	for k := 1; k <= most; k++ {
		var both, joins strings.Builder
		for i := 2; i <= k; i++ {
			fmt.Fprintf(&both, " & h%d.places", i)
			fmt.Fprintf(&joins, "\n  JOIN held AS h%d ON h%d.id = s.conditions[%d] AND h%d.part = h1.part", i, i, i, i)
		}
		parts = append(parts, fmt.Sprintf(`
SELECT s.id, h1.part, h1.places%s AS places
  FROM watched AS s
  JOIN held AS h1 ON h1.id = s.conditions[1]%s
 WHERE s.size = %d`, both.String(), joins.String(), k))
	}
	return strings.Join(parts, "\n UNION ALL")
}

// compare has the database match the same, says what it takes, and fails when it
// finds other pairs than the matcher.
func (r *relations) compare(b *testing.B, table *strings.Builder, w *watched, documents []*document.Document, taken time.Duration) {
	b.Helper()
	most := r.learn(b, w)
	find := conjunctions(most)
	timed := func(queries ...string) time.Duration {
		begun := r.spent(b)
		for _, q := range queries {
			r.exec(b, q)
		}
		return r.spent(b) - begun
	}
	r.exec(b, `DROP TABLE IF EXISTS held`)
	byCondition := timed(sqlMatchConditions, `CREATE UNIQUE INDEX ON held (id, part)`, `ANALYSE held`,
		`SELECT count(*), sum(bit_count(f.places)) FROM (`+find+`) AS f`)
	fmt.Fprintf(table, "%9s SQL, conditions once, bits: %.2f CPU-s, %.0f times the matcher's\n", "", byCondition.Seconds(), float64(byCondition)/float64(taken))
	if len(w.lists) < 100_000 {
		bySearch := timed(sqlMatchSearches)
		fmt.Fprintf(table, "%9s SQL, each search on the index: %.2f CPU-s, %.0f times the matcher's\n", "", bySearch.Seconds(), float64(bySearch)/float64(taken))
	}

	sums := make([]uint64, len(w.lists)+1)
	pairs := 0
	w.match(documents, func(id int64, places []int) {
		for _, at := range places {
			sums[id] += scramble(at)
		}
		pairs += len(places)
	})
	rows, err := r.conn.Query(b.Context(), find)
	if err != nil {
		b.Fatal(err)
	}
	var id int64
	var part, found int
	var places pgtype.Bits
	_, err = pgx.ForEachRow(rows, []any{&id, &part, &places}, func() error {
		for i := range int(places.Len) {
			if places.Bytes[i/8]>>(7-i%8)&1 == 1 {
				sums[id] -= scramble(part*window + i)
				found++
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if differ := len(sums) - count(sums, 0); differ > 0 || found != pairs || pairs == 0 {
		b.Errorf("%d searches find other postings in SQL; %d pairs, the matcher has %d", differ, found, pairs)
	}
	fmt.Fprintf(table, "%9s the same %d pairs of searches and postings\n", "", pairs)
}

func count(sums []uint64, what uint64) (n int) {
	for _, s := range sums {
		if s == what {
			n++
		}
	}
	return n
}

// scramble makes sums of different sets differ.
func scramble(at int) uint64 {
	x := uint64(at+1) * 0x9e3779b97f4a7c15
	x ^= x >> 31
	x *= 0xbf58476d1ce4e5b9
	return x ^ x>>29
}

// learn puts the searches into the database, each with its different conditions,
// rarest first, and returns how many the largest has.
func (r *relations) learn(b *testing.B, w *watched) (most int) {
	b.Helper()
	seen := make([]int, len(w.conditions)) // what is asked for often is said often
	for _, list := range w.lists {
		for _, at := range list {
			seen[at]++
		}
		most = max(most, len(list))
	}
	for _, list := range w.lists {
		slices.SortFunc(list, func(x, y int32) int { return seen[x] - seen[y] })
	}
	r.exec(b, `DROP TABLE IF EXISTS watched, condition`)
	r.exec(b, `CREATE TEMP TABLE condition (id integer PRIMARY KEY, said text NOT NULL, query tsquery)`)
	r.fill(b, "condition", len(w.conditions), func(i int) []any { return []any{i, w.conditions[i]} }, "id", "said")
	r.exec(b, `UPDATE condition SET query = said::tsquery`)
	r.exec(b, `CREATE TEMP TABLE watched (id bigint PRIMARY KEY, size integer NOT NULL, conditions integer[] NOT NULL, said text NOT NULL, query tsquery)`)
	r.fill(b, "watched", len(w.lists), func(i int) []any {
		var all []string
		for _, at := range w.lists[i] {
			all = append(all, "("+w.conditions[at]+")")
		}
		return []any{i + 1, len(w.lists[i]), w.lists[i], strings.Join(all, "&")}
	}, "id", "size", "conditions", "said")
	r.exec(b, `UPDATE watched SET query = said::tsquery`)
	r.exec(b, `VACUUM ANALYSE watched`)
	r.exec(b, `VACUUM ANALYSE condition`)
	return most
}

func quote(text string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(text) + "'"
}

// tsquery writes a condition for Postgres.
func tsquery(n search.Node) string {
	join := func(nodes []search.Node, by, empty string) string {
		var all []string
		for _, n := range nodes {
			all = append(all, tsquery(n))
		}
		if len(all) == 0 {
			return empty
		}
		return "(" + strings.Join(all, by) + ")"
	}
	switch n := n.(type) {
	case search.And:
		return join(n, "&", "!'never'")
	case search.Or:
		return join(n, "|", "'never'")
	case search.Not:
		return "!" + tsquery(n.Node)
	case search.Word:
		return quote(fmt.Sprintf("w%c%s", n.Language, n.Base))
	case search.Name:
		if n.InTitle {
			return quote(fmt.Sprintf("t%c%s", n.Language, n.Base))
		}
		return quote(fmt.Sprintf("n%c%s", n.Language, n.Base))
	case search.Prefix:
		return quote("p"+n.Text) + ":*"
	case search.Phrase:
		var all []string
		for _, word := range n.Words {
			all = append(all, quote("x"+word))
		}
		if len(all) == 0 {
			return "'never'"
		}
		return "(" + strings.Join(all, "<->") + ")"
	case search.Code:
		return quote(fmt.Sprintf("c%d:%s", n.Field, n.Value))
	}
	panic(fmt.Sprintf("%T is not in the mix", n))
}

// terms writes what a posting is found by, as the search understands its words.
func terms(words *lexis.Analyser, d *document.Document) string {
	all := map[string]bool{}
	for _, c := range d.Codes {
		all[quote(fmt.Sprintf("c%d:%s", c.Field, c.Value))] = true
	}
	for _, w := range d.Words {
		add := func(mark byte, base string) { all[quote(fmt.Sprintf("%c%c%s", mark, w.Language, base))] = true }
		l := words.Lexemes(w.Language, w.Text)
		for _, part := range l.Parts {
			add('w', part)
			if w.InTitle {
				add('t', part)
			}
			if w.InTitle || l.Heads(w.Language, w.Text, part) {
				add('n', part)
			}
		}
		for _, base := range l.Base {
			if w.InTitle || !l.Doubtful(w.Text, base) {
				add('w', base)
				add('n', base)
			}
			if w.InTitle {
				add('t', base)
			}
			all[quote("p"+base)] = true
		}
		all[quote("p"+w.Text)] = true
	}
	at := map[string][]string{}
	for i, n := range d.Sequence {
		if n != 0 {
			word := quote("x" + d.Words[n-1].Text)
			at[word] = append(at[word], strconv.Itoa(i+1))
		}
	}
	var text strings.Builder
	for term := range all {
		text.WriteString(term + " ")
	}
	for word, places := range at {
		text.WriteString(word + ":" + strings.Join(places, ",") + " ")
	}
	return text.String()
}
