package e2e_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/search/searchbench"
)

// manyWatches is how many confirmed watches the measurements are made with.
const manyWatches = 200_000

// orderMany has that many confirmed watches ordered, as if it had been yesterday:
// the mix of searches without those that ask for nothing. They are due at
// nextAt, those at once when there is something to tell. The portal does not run.
func (s *site) orderMany(b *testing.B, n int, rhythm string, nextAt time.Time) {
	b.Helper()
	ctx := b.Context()
	conn, err := s.connect(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	searches := map[string]int64{}
	var asked, watches [][]any
	seq := s.number(b, `SELECT seq FROM job_watch_cursor`)
	ordered := time.Now().AddDate(0, 0, -1)
	var next, regular *time.Time
	if !nextAt.IsZero() {
		next, regular = &nextAt, &nextAt
	}
	for _, q := range searchbench.Mix(n * 5 / 4) {
		c := q.Criteria
		c.Since = time.Time{}
		c.Query = strings.Join(strings.Fields(c.Query), " ")
		slices.Sort(c.Municipalities)
		c.Municipalities = slices.Compact(c.Municipalities)
		if c.Empty() {
			continue
		}
		criteria, err := json.Marshal(c.Values())
		if err != nil {
			b.Fatal(err)
		}
		id := searches[string(criteria)]
		if id == 0 {
			id = int64(len(searches) + 1)
			searches[string(criteria)] = id
			asked = append(asked, []any{id, digest(fmt.Sprintf("1 %s", criteria)), 1, criteria})
		}
		i := len(watches) + 1
		language := "fi"
		if i%10 == 0 {
			language = "sv"
		}
		watches = append(watches, []any{
			int64(i), fmt.Sprint("bench ", i), "active", fmt.Sprintf("seeker%d@person.example", i), digest(fmt.Sprint("address ", i)), language,
			rhythm, 5, i % 7, 1, criteria, id, 1, strings.Repeat("0", 64), digest(fmt.Sprint("seed ", i))[:16], ordered, ordered, ordered,
			ordered.AddDate(0, 3, 0), seq, seq, next, regular,
		})
		if i == n {
			break
		}
	}
	fill := func(table string, rows [][]any, columns ...string) {
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows)); err != nil {
			b.Fatalf("fill %s: %v", table, err)
		}
	}
	fill("job_watch_search", asked, "id", "hash", "params_version", "criteria")
	fill("job_watch", watches, "id", "submission", "state", "address", "address_index", "language", "rhythm", "daily_cap", "weekday",
		"params_version", "criteria", "search_id", "terms_version", "terms_hash", "seed", "created_at", "confirmation_at", "confirmed_at",
		"ends_at", "start_seq", "done_seq", "next_at", "regular_at")
	tokens := make([][]any, 0, 2*n)
	for i := range n {
		for _, purpose := range []string{"manage", "end"} {
			tokens = append(tokens, []any{digest(fmt.Sprint(purpose, i)), int64(i + 1), purpose})
		}
	}
	fill("job_watch_token", tokens, "hash", "watch_id", "purpose")
	for _, q := range []string{
		`SELECT setval(pg_get_serial_sequence('job_watch_search', 'id'), (SELECT max(id) FROM job_watch_search))`,
		`SELECT setval(pg_get_serial_sequence('job_watch', 'id'), (SELECT max(id) FROM job_watch))`,
		`VACUUM ANALYSE`,
	} {
		if _, err := conn.Exec(ctx, q); err != nil {
			b.Fatalf("%s: %v", q, err)
		}
	}
	b.Logf("%d watches for %d different searches", len(watches), len(asked))
}

func digest(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
