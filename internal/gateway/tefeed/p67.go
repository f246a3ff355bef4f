package tefeed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"time"
)

// overlap is how far before the watermark changes are asked for again, for the
// changes that the TE system shows later than it dates them. What comes twice
// is known unread.
const overlap = 5 * time.Minute

// p67Time is how P67 writes times: UTC without saying so.
const p67Time = "2006-01-02T15:04:05.000000"

// interval is from From up to, and not with, To.
type interval struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// filter is the body of a P67 call.
type filter struct {
	OnlyStatus string    `json:"onlyStatus"`
	Modified   *interval `json:"modified,omitempty"`
	Published  *interval `json:"published,omitempty"`
	Archived   *interval `json:"archived,omitempty"`
}

const (
	statusPublished = "PUBLISHED"
	statusArchived  = "ARCHIVED"
)

// readP67 asks for everything when that is due, else for what was modified or
// became public since the watermark (a posting scheduled long ago becomes
// public without being modified), and in either case for what was archived.
func (r *run) readP67(ctx context.Context) error {
	watermark := r.next.Watermark
	r.report.Outcome = OutcomeRead
	r.report.Snapshot = watermark.IsZero() || r.now.Sub(r.next.SnapshotAt) >= r.feed.cfg.SnapshotEvery
	since := &interval{From: watermark.Add(-overlap).Format(p67Time), To: r.now.Format(p67Time)}

	filters := []filter{
		{OnlyStatus: statusPublished, Modified: since},
		{OnlyStatus: statusPublished, Published: since},
	}
	if r.report.Snapshot {
		filters = []filter{{OnlyStatus: statusPublished}}
	}
	if !watermark.IsZero() {
		filters = append(filters, filter{OnlyStatus: statusArchived, Archived: since})
	}
	for _, f := range filters {
		if err := r.readStream(ctx, f); err != nil {
			return err
		}
	}
	if r.report.Damaged > 0 {
		return r.readPartly()
	}
	if r.report.Snapshot {
		if err := r.closeMissing(ctx); err != nil {
			return err
		}
	}
	// What the snapshot lacked was not believed, so it must be read once more.
	if r.report.Outcome == OutcomeRead {
		r.next.Failures = 0
		r.next.ReadAt = r.now
	}
	if r.newest.After(watermark) {
		r.next.Watermark = r.newest
	}
	return nil
}

// readPartly ends a run that came upon something that is no JSON. It may be a
// change, so the watermark stays; it may be a known posting, so nothing is
// missing for sure. A feed that stays broken is read whole less and less often.
func (r *run) readPartly() error {
	if r.report.Damaged == r.report.Records {
		return &runError{outcome: OutcomeBadAnswer, text: "the answer of the TE system is no JSON"}
	}
	r.report.Outcome = OutcomePartly
	r.next.Failures++
	if r.report.Snapshot && r.next.Failures > 1 {
		r.next.RetryAt = r.now.Add(min(time.Duration(r.next.Failures)*time.Minute, 30*time.Minute))
	}
	return nil
}

func (r *run) readStream(ctx context.Context, f filter) error {
	body, err := r.feed.client.stream(ctx, f)
	if err != nil {
		return err
	}
	defer body.Close()
	return r.flushAfter(ctx, r.readLines(ctx, body, f.OnlyStatus == statusArchived))
}

func (r *run) readLines(ctx context.Context, body io.Reader, archived bool) error {
	lines := bufio.NewReaderSize(body, 256<<10)
	for {
		line, tooLong, err := r.readLine(lines)
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return err
		}
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\uFEFF")))
		if len(line) > 0 {
			var fault *unusable
			if tooLong {
				fault = &unusable{"too_long", ""}
			}
			if addErr := r.add(ctx, line, fault, archived); addErr != nil {
				return addErr
			}
		}
		if last {
			return nil
		}
	}
}

// readLine reads one line into the run's arena. Of a line that is too long it
// returns the beginning and skips the rest.
func (r *run) readLine(lines *bufio.Reader) (line []byte, tooLong bool, err error) {
	start := len(r.arena)
	for {
		part, err := lines.ReadSlice('\n')
		if !tooLong {
			r.arena = append(r.arena, part...)
			if len(r.arena)-start > maxRecord {
				// The ID stands near the beginning if anywhere.
				r.arena, tooLong = r.arena[:start+64<<10], true
			}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return r.arena[start:len(r.arena):len(r.arena)], tooLong, err
		}
	}
}
