package tefeed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/zeebo/xxh3"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/richtext"
)

const (
	maxRecord = 2 << 20
	// lookup is how many records are looked up at a time: most of them are
	// known and go no further, so it is more than a transaction should store.
	lookup = 5 * jobposting.BatchSize
	// maxBatchBytes flushes a batch of large records before it is full, so that
	// a hostile feed cannot fill the memory.
	maxBatchBytes = 8 << 20
	// A snapshot that lacks more than half of more than this many postings is
	// doubted.
	doubtAbove = 100
)

func actor() audit.Ref { return audit.System("feed") }

// Sync does one run: it reads what is new, or everything when that is due, and
// stores it. However a run ends, what was read is stored, nothing else is
// changed, and the next run begins where the last whole one ended. Only one run
// may be under way at a time.
func (f *Feed) Sync(ctx context.Context) (Report, error) {
	state, err := f.postings.FeedState(ctx, jobposting.SourceTE)
	if err != nil {
		return Report{Outcome: OutcomeNotStored}, err
	}
	now := f.now().UTC().Truncate(time.Microsecond)
	if now.Before(state.RetryAt) {
		return f.told(ctx, Report{Outcome: OutcomeWaiting}), nil
	}
	r := &run{feed: f, now: now, next: state, seen: map[string]struct{}{}, stored: map[string]struct{}{}}
	r.next.RetryAt = time.Time{}
	if f.cfg.Kind == KindV1 {
		err = r.readV1(ctx)
	} else {
		err = r.readP67(ctx)
	}
	next := r.next
	if err != nil {
		var wait time.Duration
		r.report.Outcome, wait = outcomeOf(err)
		next = state
		next.RetryAt = time.Time{}
		if ctx.Err() != nil {
			r.report.Outcome = OutcomeStopped
		} else {
			next.Failures++
		}
		if wait > 0 {
			next.RetryAt = now.Add(wait)
		}
	}
	next.Outcome = string(r.report.Outcome)
	// A stopped run, too, must be able to say so.
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(err, f.postings.SaveFeedState(saving, jobposting.SourceTE, next))
	return f.told(ctx, r.report), err
}

func (f *Feed) told(ctx context.Context, r Report) Report {
	f.log.LogAttrs(ctx, slog.LevelInfo, "TE feed run ended",
		slog.String("outcome", string(r.Outcome)), slog.Bool("snapshot", r.Snapshot),
		slog.Int("records", r.Records), slog.Int("rejected", r.Rejected), slog.Int("damaged", r.Damaged),
		slog.Int("new", r.Stored.New), slog.Int("changed", r.Stored.Changed), slog.Int("reopened", r.Stored.Reopened),
		slog.Int("expired", r.Stored.Expired), slog.Int("unchanged", r.Stored.Unchanged), slog.Int("closed", r.Closed))
	return r
}

// run is one run of the feed.
type run struct {
	feed   *Feed
	report Report
	now    time.Time
	// next is the state that a whole run leaves behind.
	next jobposting.FeedState

	// seen holds the IDs of the records that came, usable or not.
	seen map[string]struct{}
	// stored holds the IDs of the postings that this run has changed.
	stored map[string]struct{}
	// all holds what was known before a snapshot; nil in a run of changes.
	all map[string]jobposting.Known
	// newest is the newest modification that came.
	newest time.Time

	batch []item
	bytes int
	// arena holds the lines of the batch, and is used again for the next one.
	arena []byte
}

// item is a record that waits for its batch to be full.
type item struct {
	raw    []byte
	hash   []byte
	fault  *unusable
	number int
	// archived tells that the record came as an archived one.
	archived bool
}

// add takes in one record, which add may keep. A record with a fault is only
// the beginning of one.
func (r *run) add(ctx context.Context, raw []byte, fault *unusable, archived bool) error {
	r.report.Records++
	it := item{raw: raw, fault: fault, number: r.report.Records, archived: archived}
	if fault == nil {
		it.hash = r.hash(raw)
	}
	r.batch = append(r.batch, it)
	r.bytes += len(raw)
	if len(r.batch) >= lookup || r.bytes >= maxBatchBytes {
		return r.flush(ctx)
	}
	return nil
}

// hash tells a record from every other, and from itself read in another way.
// Speed counts, for it is most of what an unchanged record costs; who made two
// records of one hash would only keep their own posting from changing.
func (r *run) hash(raw []byte) []byte {
	seed := uint64(decoding)
	if r.feed.cfg.Kind == KindV1 {
		seed = ^seed
	}
	sum := xxh3.Hash128Seed(raw, seed).Bytes()
	return sum[:]
}

// verdict is what a batch does to one posting; the last record about it counts.
type verdict struct {
	incoming *jobposting.Incoming
	archived bool
}

// flush stores the batch.
func (r *run) flush(ctx context.Context) error {
	batch := r.batch
	defer func() { r.batch, r.bytes, r.arena = batch[:0], 0, r.arena[:0] }()
	if len(batch) == 0 {
		return nil
	}
	known, err := r.known(ctx, batch)
	if err != nil {
		return err
	}
	verdicts := make(map[string]verdict, len(batch))
	var rejects []jobposting.Reject
	for _, it := range batch {
		k, ok := known[string(it.hash)]
		// What was known before the run may be no more within it.
		if _, changed := r.stored[k.ExternalID]; ok && !changed && !it.archived {
			r.see(k.ExternalID, k.ModifiedAt)
			r.report.Stored.Unchanged++
			delete(verdicts, k.ExternalID)
			continue
		}
		rec, fault := r.decode(it)
		id := rec.incoming.ExternalID
		if fault != nil {
			rejects = append(rejects, r.reject(it, id, fault))
			continue
		}
		r.see(id, rec.lastModified)
		if rec.archived {
			verdicts[id] = verdict{archived: true}
			continue
		}
		rec.incoming.SourceHash = it.hash
		verdicts[id] = verdict{incoming: &rec.incoming}
	}
	return r.store(ctx, verdicts, rejects)
}

// known returns which records of the batch are stored as they are.
func (r *run) known(ctx context.Context, batch []item) (map[string]jobposting.Known, error) {
	if r.report.Snapshot {
		if r.all == nil {
			all, err := r.feed.postings.AllKnown(ctx, jobposting.SourceTE)
			if err != nil {
				return nil, err
			}
			r.all = all
		}
		return r.all, nil
	}
	hashes := make([][]byte, 0, len(batch))
	for _, it := range batch {
		if it.hash != nil && !it.archived {
			hashes = append(hashes, it.hash)
		}
	}
	return r.feed.postings.Known(ctx, jobposting.SourceTE, hashes)
}

func (r *run) decode(it item) (record, *unusable) {
	if it.fault != nil {
		return record{}, it.fault
	}
	if r.feed.cfg.Kind == KindV1 {
		return decodeV1(it.raw)
	}
	rec, fault := decodeP67(it.raw)
	if it.archived && rec.incoming.ExternalID != "" {
		// To close a posting its ID is enough.
		rec.archived, fault = true, nil
	}
	return rec, fault
}

func (r *run) see(id string, modified time.Time) {
	r.seen[id] = struct{}{}
	// A time to come would keep every later change from being asked for.
	if modified.After(r.newest) && !modified.After(r.now) {
		r.newest = modified
	}
}

var idWithin = regexp.MustCompile(`"(?:externalId|ilmoituksenID)"\s*:\s*"([\w.:-]{1,200})"`)

// reject counts a record that cannot be used and says by what to remember it.
func (r *run) reject(it item, id string, fault *unusable) jobposting.Reject {
	r.report.Rejected++
	if id == "" {
		// Not even broken JSON hides an ID that stands there to be seen.
		if m := idWithin.FindSubmatch(it.raw); m != nil {
			id = string(m[1])
		}
	}
	if id != "" {
		r.seen[id] = struct{}{}
	} else {
		id = "line " + strconv.Itoa(it.number)
	}
	if fault.code == "not_json" {
		r.report.Damaged++
	}
	return jobposting.Reject{ExternalID: id, Reason: richtext.Cut(fault.reason(), maxLine)}
}

func (r *run) store(ctx context.Context, verdicts map[string]verdict, rejects []jobposting.Reject) error {
	incoming := make([]jobposting.Incoming, 0, len(verdicts))
	var usable, archived []string
	for id, v := range verdicts {
		usable = append(usable, id)
		r.stored[id] = struct{}{}
		if v.archived {
			archived = append(archived, id)
			continue
		}
		incoming = append(incoming, *v.incoming)
	}
	postings := r.feed.postings
	for part := range slices.Chunk(incoming, jobposting.BatchSize) {
		stored, err := postings.Receive(ctx, actor(), jobposting.SourceTE, part)
		if err != nil {
			return err
		}
		r.report.Stored.Add(stored)
	}
	if err := r.close(ctx, archived, jobposting.ClosedArchived); err != nil {
		return err
	}
	if len(usable)+len(rejects) == 0 {
		return nil
	}
	return postings.SetAside(ctx, jobposting.SourceTE, rejects, usable)
}

func (r *run) close(ctx context.Context, ids []string, reason jobposting.CloseReason) error {
	for part := range slices.Chunk(ids, jobposting.BatchSize) {
		n, err := r.feed.postings.Close(ctx, actor(), jobposting.SourceTE, part, reason)
		if err != nil {
			return err
		}
		r.report.Closed += n
	}
	return nil
}

// closeMissing closes what a whole snapshot lacks. A snapshot that lacks most
// of what there was is more likely an accident than the truth: it closes
// nothing, unless the one before it lacked most as well.
func (r *run) closeMissing(ctx context.Context) error {
	missing, of, err := r.missing(ctx)
	if err != nil {
		return err
	}
	if of > doubtAbove && 2*len(missing) > of && r.next.Doubted == 0 {
		r.next.Doubted = len(missing)
		r.report.Outcome = OutcomeDoubted
		return nil
	}
	r.next.Doubted = 0
	if err := r.close(ctx, missing, jobposting.ClosedRemoved); err != nil {
		return err
	}
	if err := r.feed.postings.ForgetRejects(ctx, jobposting.SourceTE, r.now); err != nil {
		return err
	}
	r.next.SnapshotAt = r.now
	return nil
}

func (r *run) missing(ctx context.Context) (missing []string, of int, err error) {
	seen := make([]string, 0, len(r.seen))
	for id := range r.seen {
		seen = append(seen, id)
	}
	return r.feed.postings.Missing(ctx, jobposting.SourceTE, seen)
}

// flushAfter stores what came before err ended the reading.
func (r *run) flushAfter(ctx context.Context, err error) error {
	if flushErr := r.flush(ctx); flushErr != nil {
		if err == nil {
			return flushErr
		}
		return fmt.Errorf("%w (and what came before was not stored: %w)", err, flushErr)
	}
	return err
}
