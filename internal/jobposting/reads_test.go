package jobposting_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func TestCards(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	household := incoming("household")
	household.Content.EmployerType, household.Content.Advertiser = "02", jobposting.Organisation{}
	household.People.Household = "Malli Mauno"
	household.ExpiresAt = time.Time{}
	recruited := incoming("recruited")
	recruited.Content.Client.Name = jobposting.Localised{"fi": "Asiakas Oy"}
	receive(t, postings, incoming("plain"), household, recruited)
	plainID, householdID, recruitedID := idOf(t, db, "plain"), idOf(t, db, "household"), idOf(t, db, "recruited")

	got, err := jobposting.Cards(t.Context(), db, []int64{recruitedID, 999, householdID, plainID})
	if err != nil {
		t.Fatal(err)
	}
	card := jobposting.Card{
		Status: jobposting.StatusOpen, PublishedAt: pgtest.Now.Add(-24 * time.Hour), ExpiresAt: pgtest.Now.Add(14 * 24 * time.Hour),
		CardContent: jobposting.CardContent{
			Languages: []string{"fi", "sv"}, EmployerType: "01", Employer: jobposting.Localised{"fi": "Koekunta"},
			Title: jobposting.Localised{"fi": "Lähihoitaja", "sv": "Närvårdare"}, Positions: 2, Employment: "01",
			Continuity: []string{"01"}, WorkTime: "01", Countries: []string{"FI"}, Regions: []string{"02"}, Municipalities: []string{"853"},
		},
	}
	plain, private, client := card, card, card
	plain.ID, private.ID, client.ID = plainID, householdID, recruitedID
	private.EmployerType, private.Employer, private.ExpiresAt = "02", nil, time.Time{}
	client.Employer = jobposting.Localised{"fi": "Asiakas Oy"}
	if diff := cmp.Diff([]jobposting.Card{client, private, plain}, got); diff != "" {
		t.Errorf("cards (-want +got):\n%s", diff)
	}
}

func TestOpenPages(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	var batch []jobposting.Incoming
	for i := range 7 {
		batch = append(batch, incoming(strconv.Itoa(i)))
	}
	batch[2].PublishedAt = pgtest.Now.Add(time.Hour)
	batch[3].ExpiresAt = pgtest.Now
	receive(t, postings, batch...)

	var got []string
	var ids []int64
	for after := int64(0); ; {
		page, err := jobposting.OpenPage(t.Context(), db, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page {
			got = append(got, p.ExternalID)
			ids = append(ids, p.ID)
			after = p.ID
			if len(p.People.Contacts) != 0 || p.Content.Title["fi"] != "Lähihoitaja" || p.Seq != p.ID {
				t.Errorf("posting = %+v, want its content, its place and no people", p)
			}
		}
		if len(page) < 2 {
			break
		}
	}
	want := []string{"0", "1", "4", "5", "6"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open pages (-want +got):\n%s", diff)
	}
	byID, err := jobposting.Open(t.Context(), db, []int64{ids[4], idOf(t, db, "2"), ids[0], 999})
	if err != nil || len(byID) != 2 || byID[0].ID != ids[0] || byID[1].ID != ids[4] {
		t.Errorf("Open = %v, %v; want the two open ones", byID, err)
	}

	parts, err := jobposting.SitemapParts(t.Context(), db, 5)
	if err != nil {
		t.Fatal(err)
	}
	wantParts := []jobposting.SitemapPart{{Part: 0, Count: 3, ModifiedAt: pgtest.Now}, {Part: 1, Count: 2, ModifiedAt: pgtest.Now}}
	if diff := cmp.Diff(wantParts, parts); diff != "" {
		t.Errorf("sitemap parts (-want +got):\n%s", diff)
	}
	page, err := jobposting.SitemapPage(t.Context(), db, 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	wantPage := []jobposting.SitemapEntry{{ID: 6, ModifiedAt: pgtest.Now}, {ID: 7, ModifiedAt: pgtest.Now}}
	if diff := cmp.Diff(wantPage, page); diff != "" {
		t.Errorf("sitemap page (-want +got):\n%s", diff)
	}
	stats, err := jobposting.Count(t.Context(), db)
	if want := (jobposting.Stats{Scheduled: 1, Open: 5, Closed: 1, LastSeq: 7}); err != nil || stats != want {
		t.Errorf("Count = %+v, %v; want %+v", stats, err, want)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	receive(t, postings, incoming("a"), incoming("b"), incoming("c"), incoming("d"))
	if _, err := postings.Close(t.Context(), feed(), jobposting.SourceTE, []string{"d"}, jobposting.ClosedArchived); err != nil {
		t.Fatal(err)
	}

	missing, of, err := postings.Missing(t.Context(), jobposting.SourceTE, []string{"b", "unknown"})
	if err != nil || of != 3 || !cmp.Equal(missing, []string{"a", "c"}) {
		t.Errorf("Missing = %v of %d, %v; want a and c of 3", missing, of, err)
	}
	missing, of, err = postings.Missing(t.Context(), "other", nil)
	if err != nil || of != 0 || len(missing) != 0 {
		t.Errorf("Missing of another source = %v of %d, %v", missing, of, err)
	}
}

func TestFeedBookkeeping(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	got, err := postings.FeedState(t.Context(), jobposting.SourceTE)
	if err != nil || got != (jobposting.FeedState{}) {
		t.Errorf("state before the first run = %+v, %v", got, err)
	}
	want := jobposting.FeedState{
		Watermark: pgtest.Now.Add(-time.Hour), SnapshotAt: pgtest.Now, ReadAt: pgtest.Now, RetryAt: pgtest.Now.Add(time.Minute),
		Outcome: "read", Failures: 2, Doubted: 3,
	}
	for range 2 {
		if err := postings.SaveFeedState(t.Context(), jobposting.SourceTE, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err = postings.FeedState(t.Context(), jobposting.SourceTE)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}

	rejects := []jobposting.Reject{{ExternalID: "a", Reason: "no_title"}, {ExternalID: "b", Reason: "no_date"}, {ExternalID: "b", Reason: "no_title"}}
	if err := postings.SetAside(t.Context(), jobposting.SourceTE, rejects, nil); err != nil {
		t.Fatal(err)
	}
	if err := postings.SetAside(t.Context(), jobposting.SourceTE, nil, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	var left string
	if err := db.QueryRow(t.Context(), "SELECT string_agg(external_id || reason, ',') FROM feed_reject").Scan(&left); err != nil || left != "bno_date" {
		t.Errorf("rejects = %q, %v; want b's only", left, err)
	}
	if err := postings.ForgetRejects(t.Context(), jobposting.SourceTE, pgtest.Now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM feed_reject").Scan(&n); err != nil || n != 0 {
		t.Errorf("rejects = %d, %v; want none", n, err)
	}
}

func TestLocalised(t *testing.T) {
	t.Parallel()

	text := jobposting.Localised{"sv": "Kock", "en": "Cook"}
	tests := []struct{ lang, want, in string }{{"sv", "Kock", "sv"}, {"fi", "Kock", "sv"}, {"en", "Cook", "en"}}
	for _, tt := range tests {
		if got, in := text.In(tt.lang); got != tt.want || in != tt.in {
			t.Errorf("In(%q) = %q in %q, want %q in %q", tt.lang, got, in, tt.want, tt.in)
		}
	}
	if got, in := (jobposting.Localised{"uk": "Кухар", "et": "Kokk"}).In("fi"); got != "Kokk" || in != "et" {
		t.Errorf("In(fi) = %q in %q, want the first language there is", got, in)
	}
}
