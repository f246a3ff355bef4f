package jobwatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
)

// Preview is what a watch would have brought during the last 30 days, of the
// postings that are still open.
type Preview struct {
	// Total is how many postings match, and Cards the newest of them.
	Total int
	Cards []jobposting.Card
	// Mails is how many mails they would have come in by each rhythm.
	Mails map[Rhythm]int
	// TooWide tells that the watch would be refused.
	TooWide bool
}

// previewed is how many postings a preview shows.
const previewed = 20

// Preview tells what criteria would have brought, the watch being ordered today.
func (w *Watches) Preview(ctx context.Context, c search.Criteria) (Preview, error) {
	now := w.db.Now()
	c = canonical(c)
	c.Since = now.AddDate(0, 0, -recentDays)
	q, _, err := w.analyser.Compile(c)
	if err != nil {
		return Preview{}, fmt.Errorf("criteria of a job watch: %w", err)
	}
	var p Preview
	var ids []int64
	r := search.Request{Criteria: c, Sort: search.SortNewest, Limit: 100}
	for {
		page, err := w.searcher.Search(ctx, q, r)
		if err != nil {
			return Preview{}, fmt.Errorf("preview of a job watch: %w", err)
		}
		p.Total = page.Total
		if p.TooWide = p.Total > maxPerDay*recentDays; p.TooWide {
			ids = page.IDs
			break
		}
		ids = append(ids, page.IDs...)
		if r.Cursor = page.Next; r.Cursor == "" {
			break
		}
	}
	cards, err := jobposting.Cards(ctx, w.db, ids)
	if err != nil {
		return Preview{}, err
	}
	if !p.TooWide {
		p.Mails = map[Rhythm]int{}
		for _, r := range Rhythms() {
			p.Mails[r] = mailsFor(cards, Schedule{Rhythm: r}.tidied(), now)
		}
	}
	p.Cards = cards[:min(previewed, len(cards))]
	return p, nil
}

// mailsFor counts the mails that postings would have come in when they were
// published, by the rules for making mails.
func mailsFor(cards []jobposting.Card, schedule Schedule, ordered time.Time) int {
	times := map[time.Time]bool{}
	today := map[time.Time]int{}
	published := slices.Clone(cards)
	slices.SortFunc(published, func(a, b jobposting.Card) int { return a.PublishedAt.Compare(b.PublishedAt) })
	for _, c := range published {
		at := c.PublishedAt.Truncate(time.Minute)
		if schedule.Rhythm == AtOnce {
			day := dayOf(at)
			if times[at] {
				continue
			}
			if today[day] >= schedule.Cap {
				at = nextMorning(at)
				if !times[at] {
					today[dayOf(at)]++
				}
				times[at] = true
				continue
			}
			today[day]++
			times[at] = true
			continue
		}
		regular := nextRegular(schedule.Rhythm, ordered.In(i18n.Helsinki).Weekday(), at)
		if !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(regular) {
			regular = inTime(at, c.ExpiresAt)
		}
		times[regular] = true
	}
	return len(times)
}
