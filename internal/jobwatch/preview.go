package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
)

// Preview is what a watch would have brought during the last 30 days, of the
// postings that are still open, as they are now: the engine's rules, run over
// those days.
type Preview struct {
	// Total is how many postings it would have told of, and Cards the newest of
	// them.
	Total int
	Cards []jobposting.Card
	// Mails is how many mails they would have come in by each rhythm.
	Mails map[Rhythm]int
	// TooWide tells that the watch would be refused, Found being how many
	// postings it finds.
	TooWide bool
	Found   int
	// Never tells that nothing open has matched for 90 days; Drops and Corrections
	// are what might help then.
	Never       bool
	Drops       []search.Drop
	Corrections []search.Correction
}

const (
	// previewed is how many postings a preview shows.
	previewed = 20
	// neverDays is how far back is looked before a watch is said to be idle.
	neverDays = 90
	// maxReplayed is how many open postings a preview looks at.
	maxReplayed = 3000
)

// Today is the day of the week in Finland, on which a watch that is ordered now
// gets its weekly mails.
func (w *Watches) Today() time.Weekday { return w.db.Now().In(i18n.Helsinki).Weekday() }

// Preview tells what criteria would have brought: at once with so many mails a
// day, and weekly on a day of the week.
func (w *Watches) Preview(ctx context.Context, c search.Criteria, mailsADay int, weekday time.Weekday) (Preview, error) {
	c = canonical(c)
	var p Preview
	var err error
	if p.Found, err = w.recent(ctx, c, recentDays); err != nil {
		return p, err
	}
	if p.TooWide = p.Found > maxPerDay*recentDays; p.TooWide {
		return p, nil
	}
	ids, err := w.open(ctx, c)
	if err != nil {
		return p, err
	}
	now := w.db.Now()
	since := now.AddDate(0, 0, -recentDays)
	past, err := readPast(ctx, w.db, ids, since)
	if err != nil {
		return p, err
	}
	p.Mails = map[Rhythm]int{}
	var told []int64
	for _, r := range Rhythms() {
		p.Mails[r], told = replay(Schedule{Rhythm: r, Cap: mailsADay}.tidied(), weekday, since, past)
	}
	p.Total = len(told)
	if p.Total == 0 {
		return p, w.advise(ctx, c, &p)
	}
	p.Cards, err = jobposting.Cards(ctx, w.db, told[:min(previewed, len(told))])
	return p, err
}

// advise tells what to do about criteria that have brought nothing.
func (w *Watches) advise(ctx context.Context, c search.Criteria, p *Preview) error {
	n, err := w.recent(ctx, c, neverDays)
	if p.Never = n == 0; err != nil || n > 0 {
		return err
	}
	q, _, err := w.analyser.Compile(c)
	if err != nil {
		return fmt.Errorf("criteria of a job watch: %w", err)
	}
	r, err := w.searcher.Search(ctx, q, search.Request{Criteria: c, Repairs: true})
	if err != nil {
		return fmt.Errorf("advice on a job watch: %w", err)
	}
	p.Drops, p.Corrections = r.Drops, r.Corrections
	return nil
}

// open returns the open postings that match.
func (w *Watches) open(ctx context.Context, c search.Criteria) ([]int64, error) {
	q, _, err := w.analyser.Compile(c)
	if err != nil {
		return nil, fmt.Errorf("criteria of a job watch: %w", err)
	}
	var ids []int64
	r := search.Request{Criteria: c, Sort: search.SortNewest, Limit: 100}
	for len(ids) < maxReplayed {
		page, err := w.searcher.Search(ctx, q, r)
		if err != nil {
			return nil, fmt.Errorf("preview of a job watch: %w", err)
		}
		ids = append(ids, page.IDs...)
		if r.Cursor = page.Next; r.Cursor == "" {
			break
		}
	}
	return ids, nil
}
