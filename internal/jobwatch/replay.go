package jobwatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// sqlSelectPast counts a posting that was taken in long after it was published,
// as all are when a portal starts, from its publishing.
const sqlSelectPast = `
SELECT c.seq, c.posting_id, c.revision, c.kind = 'changed', p.expires_at,
       CASE WHEN c.kind = 'published' AND p.published_at < c.occurred_at - interval '1 day' THEN p.published_at ELSE c.occurred_at END
  FROM posting_change AS c
  JOIN job_posting AS p ON p.id = c.posting_id
 WHERE c.posting_id = ANY($1)
   AND (c.kind = 'published' OR c.kind = 'changed' AND c.material)`

// readPast returns what happened to postings since a moment that a watch tells
// of, in order.
func readPast(ctx context.Context, q postgres.Querier, ids []int64, since time.Time) ([]match, error) {
	rows, err := q.Query(ctx, sqlSelectPast, ids)
	if err != nil {
		return nil, fmt.Errorf("select past changes: %w", err)
	}
	var past []match
	var m match
	var expires *time.Time
	_, err = pgx.ForEachRow(rows, []any{&m.last, &m.postingID, &m.revision, &m.changed, &expires, &m.occurredAt}, func() error {
		if !m.occurredAt.Before(since) {
			m.first, m.latest, m.expiresAt = m.last, m.last, orZero(expires)
			past = append(past, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select past changes: %w", err)
	}
	slices.SortFunc(past, func(a, b match) int {
		return cmp.Or(a.occurredAt.Compare(b.occurredAt), cmp.Compare(a.last, b.last))
	})
	return past, nil
}

// replay puts what happened before a watch that was in force from then on, and
// returns how many mails it makes of it and the postings in them, newest first.
// What waits at the end is told too, as it will be.
func replay(schedule Schedule, weekday time.Weekday, from time.Time, past []match) (mails int, told []int64) {
	s := Subscription{State: Active, Schedule: schedule, Weekday: weekday, regularAt: nextRegular(schedule.Rhythm, weekday, from)}
	s.NextAt = s.regularAt
	type revision struct {
		posting int64
		number  int
	}
	seen := map[revision]bool{}
	today := map[time.Time]int{}
	var waiting []match
	for i := 0; i < len(past) || len(waiting) > 0; {
		if i < len(past) && (s.NextAt.IsZero() || !past[i].occurredAt.After(s.NextAt)) {
			m := past[i]
			i++
			if key := (revision{m.postingID, m.revision}); !seen[key] {
				seen[key] = true
				waiting = append(waiting, m)
				s.wake(m)
			}
			continue
		}
		now := s.NextAt
		for j := range waiting {
			waiting[j].open = waiting[j].expiresAt.IsZero() || waiting[j].expiresAt.After(now)
		}
		var sent []match
		sent, waiting, _ = s.due(waiting, now, today[dayOf(now)])
		if len(sent) > 0 {
			mails++
			today[dayOf(now)]++
		}
		for _, m := range sent {
			if !slices.Contains(told, m.postingID) {
				told = append(told, m.postingID)
			}
		}
		if s.NextAt.IsZero() && i == len(past) {
			break
		}
	}
	slices.Reverse(told)
	return mails, told
}

// wake is what wake does to the watches of a search, to one of them.
func (s *Subscription) wake(m match) {
	if s.Schedule.Rhythm == AtOnce {
		if s.NextAt.IsZero() {
			s.NextAt = m.occurredAt
		}
		return
	}
	if at := inTime(m.occurredAt, m.expiresAt); !m.expiresAt.IsZero() && !s.regularAt.Before(m.expiresAt) && s.NextAt.After(at) {
		s.NextAt = at
	}
}
