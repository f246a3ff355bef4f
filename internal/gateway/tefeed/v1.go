package tefeed

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

const (
	// maxPages ends a reading of pages that have no end.
	maxPages = 4000
	// maxPage is the most that one page may hold.
	maxPage = 64 << 20
)

// readV1 reads every page and closes what is on none. While pages are read
// postings come and go, and each that goes moves another one over to a page
// already read; so what seems to be missing is looked for a second time.
func (r *run) readV1(ctx context.Context) error {
	r.report.Outcome = OutcomeRead
	r.report.Snapshot = true
	pages, err := r.readPages(ctx)
	if err != nil {
		return err
	}
	if r.report.Damaged == 0 && pages > 1 {
		missing, _, err := r.missing(ctx)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			if _, err := r.readPages(ctx); err != nil {
				return err
			}
		}
	}
	if r.report.Damaged > 0 {
		return r.readPartly()
	}
	if err := r.closeMissing(ctx); err != nil {
		return err
	}
	if r.report.Outcome == OutcomeRead {
		r.next.Failures = 0
		r.next.ReadAt = r.now
	}
	if r.newest.After(r.next.Watermark) {
		r.next.Watermark = r.newest
	}
	return nil
}

// readPages reads pages until one is not full and returns how many there were.
// A page that is no JSON is passed over, the next one may be whole.
func (r *run) readPages(ctx context.Context) (int, error) {
	damagedBefore := false
	for number := range maxPages {
		n, whole, err := r.readPage(ctx, number)
		if err != nil {
			return 0, err
		}
		if whole && n < r.feed.cfg.PageSize {
			return number + 1, nil
		}
		if !whole && damagedBefore {
			return 0, &runError{outcome: OutcomeBadAnswer, text: "the pages of the TE system are no JSON"}
		}
		damagedBefore = !whole
	}
	return 0, &runError{outcome: OutcomeTooLarge, text: "the pages of the TE system have no end"}
}

// readPage reads one page and returns how many postings it held and whether it
// was JSON to the end.
func (r *run) readPage(ctx context.Context, number int) (n int, whole bool, err error) {
	body, err := r.feed.client.page(ctx, number)
	if err != nil {
		return 0, false, err
	}
	defer body.Close()
	limited := &io.LimitedReader{R: body, N: maxPage}
	n, err = eachItem(json.NewDecoder(limited), func(raw json.RawMessage) error {
		if len(raw) > maxRecord {
			return r.add(ctx, raw[:64<<10:64<<10], &unusable{"too_long", ""}, false)
		}
		return r.add(ctx, raw, nil, false)
	})
	err = r.flushAfter(ctx, err)
	if errors.Is(err, errNotJSON) {
		if limited.N <= 0 {
			return n, false, &runError{outcome: OutcomeTooLarge, text: "a page of the TE system is too large"}
		}
		r.report.Records++
		r.report.Rejected++
		r.report.Damaged++
		return n, false, nil
	}
	return n, err == nil, err
}

var errNotJSON = errors.New("the page is no JSON")

// eachItem calls fn with the postings of a page one by one and returns how many
// there were. It fails with errNotJSON at the first thing that is none.
func eachItem(d *json.Decoder, fn func(json.RawMessage) error) (n int, err error) {
	token, err := d.Token()
	if err != nil {
		return 0, jsonError(err)
	}
	switch token {
	case json.Delim('['):
		return eachOfList(d, fn)
	case json.Delim('{'):
	default:
		return 0, errNotJSON
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return n, jsonError(err)
		}
		if key, ok := name.(string); !ok || !strings.EqualFold(key, "ilmoitukset") {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return n, jsonError(err)
			}
			continue
		}
		token, err := d.Token()
		if err != nil {
			return n, jsonError(err)
		}
		if token == nil {
			continue
		}
		if token != json.Delim('[') {
			return n, errNotJSON
		}
		listed, err := eachOfList(d, fn)
		n += listed
		if err != nil {
			return n, err
		}
	}
	if _, err := d.Token(); err != nil {
		return n, jsonError(err)
	}
	return n, nil
}

func eachOfList(d *json.Decoder, fn func(json.RawMessage) error) (n int, err error) {
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return n, jsonError(err)
		}
		n++
		if err := fn(raw); err != nil {
			return n, err
		}
	}
	if _, err := d.Token(); err != nil {
		return n, jsonError(err)
	}
	return n, nil
}

// jsonError tells a broken page from a broken connection.
func jsonError(err error) error {
	if _, ok := errors.AsType[*runError](err); ok {
		return err
	}
	return errNotJSON
}
