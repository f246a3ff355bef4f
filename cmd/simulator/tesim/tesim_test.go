package tesim_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
	"tyomarkkinatori.fi/portal/cmd/simulator/tesim"
)

const postings = 300

func start() time.Time { return time.Date(2026, 4, 14, 9, 30, 0, 0, time.UTC) }

func options() tesim.Options {
	return tesim.Options{Seed: 7, Postings: postings, Key: "right", ClientID: "portal", ClientSecret: "hush", Clock: start}
}

func serve(t *testing.T, opt tesim.Options) (*tesim.System, string) {
	t.Helper()
	system := tesim.New(opt)
	server := httptest.NewServer(system)
	t.Cleanup(server.Close)
	return system, server.URL
}

// record is as much of a P67 posting as the tests look at.
type record struct {
	Languages []string
	Metadata  struct{ ExternalID, Created, LastModified, Archived string }
	Owner     struct {
		EmployerType string
		Household    string `json:"householdEmployer"`
	}
	Position struct {
		Title          map[string]string
		WorkTime       string
		ContinuityWork []string `json:"continuityOfWork"`
	}
	Location    struct{ Municipalities, Regions, Countries []string }
	Application struct{ Published, Expires string }
}

// head is an answer without its body, which has been read and closed.
type head struct {
	status int
	header http.Header
}

func headOf(res *http.Response) head { return head{res.StatusCode, res.Header} }

func fetchP67(t *testing.T, base, key, body string) (head, []record) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/kipa/p67/v2/jobpostings", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("KIPA-Subscription-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var records []record
	if res.StatusCode != http.StatusOK {
		return headOf(res), nil
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("line %d: %v", len(records)+1, err)
		}
		records = append(records, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return headOf(res), records
}

func ids(records []record) []string {
	var all []string
	for _, r := range records {
		all = append(all, r.Metadata.ExternalID)
	}
	slices.Sort(all)
	return all
}

func TestP67ServesSnapshotAndChanges(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	got, all := fetchP67(t, base, "right", `{"onlyStatus":"PUBLISHED"}`)
	if got, want := got.header.Get("Content-Type"), "application/x-ndjson"; got != want {
		t.Errorf("content type %q, want %q", got, want)
	}
	if len(all) != postings {
		t.Fatalf("%d postings in the snapshot, want %d", len(all), postings)
	}
	watermark := ""
	for _, r := range all {
		watermark = max(watermark, r.Metadata.LastModified)
		if r.Metadata.Archived != "" {
			t.Errorf("%s is published and archived", r.Metadata.ExternalID)
		}
		if len(r.Metadata.Created) != 26 {
			t.Errorf("time %q is not 26 characters long", r.Metadata.Created)
		}
	}

	published, changed, archived := system.Publish(3), system.Change(4), system.Archive(2)
	since := `{"from":"` + start().Format("2006-01-02T15:04:05.000000") + `"}`
	_, delta := fetchP67(t, base, "right", `{"onlyStatus":"PUBLISHED","modified":`+since+`}`)
	want := slices.DeleteFunc(slices.Concat(published, changed), func(id string) bool { return slices.Contains(archived, id) })
	slices.Sort(want)
	if diff := cmp.Diff(ids(delta), slices.Compact(want)); diff != "" {
		t.Errorf("changed since the snapshot:\n%s", diff)
	}
	_, gone := fetchP67(t, base, "right", `{"onlyStatus":"ARCHIVED","archived":`+since+`}`)
	slices.Sort(archived)
	if diff := cmp.Diff(ids(gone), archived); diff != "" {
		t.Errorf("archived since the snapshot:\n%s", diff)
	}
	if gone[0].Metadata.Archived == "" {
		t.Error("an archived posting does not tell when")
	}
}

func TestP67IntervalsHoldFromAndNotTo(t *testing.T) {
	t.Parallel()

	_, base := serve(t, options())
	_, all := fetchP67(t, base, "right", `{"onlyStatus":"PUBLISHED"}`)
	at := all[17].Metadata.LastModified
	for _, c := range []struct {
		what, filter string
		want         bool
	}{
		{"from", `{"from":"` + at + `"}`, true},
		{"to", `{"to":"` + at + `"}`, false},
		{"from with an offset", `{"from":"` + at + `Z"}`, true},
		{"both", `{"from":"` + at + `","to":"` + at + `"}`, false},
	} {
		_, got := fetchP67(t, base, "right", `{"onlyStatus":"PUBLISHED","modified":`+c.filter+`}`)
		if found := slices.Contains(ids(got), all[17].Metadata.ExternalID); found != c.want {
			t.Errorf("%s: found %v, want %v", c.what, found, c.want)
		}
	}
}

func TestP67FiltersBySets(t *testing.T) {
	t.Parallel()

	_, base := serve(t, options())
	byID := map[string]corpus.Posting{}
	for _, p := range corpus.Generate(7, postings, start().Truncate(24*time.Hour)) {
		byID[p.ID] = p
	}
	for filter, holds := range map[string]func(corpus.Posting) bool{
		`"municipalityIn":["091","049"]`: func(p corpus.Posting) bool {
			return slices.Contains(p.Location.Municipalities, "091") || slices.Contains(p.Location.Municipalities, "049")
		},
		`"regionIn":["01"]`:            func(p corpus.Posting) bool { return slices.Contains(p.Location.Regions, "01") },
		`"countryIn":["FI"]`:           func(p corpus.Posting) bool { return slices.Contains(p.Location.Countries, "FI") },
		`"postingLanguageIn":["sv"]`:   func(p corpus.Posting) bool { return slices.Contains(p.Languages, "sv") },
		`"workTimeIn":["02"]`:          func(p corpus.Posting) bool { return p.Hours.WorkTime == "02" },
		`"continuityOfWorkIn":["02"]`:  func(p corpus.Posting) bool { return p.Terms.Continuity == "02" },
		`"employerTypeIn":["02"]`:      func(p corpus.Posting) bool { return p.Employer.Kind == "02" },
		`"occupationIscoIn":["2221"]`:  func(p corpus.Posting) bool { return p.ISCO == "2221" },
		`"occupationIscoIn":["2","5"]`: func(p corpus.Posting) bool { return p.ISCO[0] == '2' || p.ISCO[0] == '5' },
	} {
		_, got := fetchP67(t, base, "right", `{"onlyStatus":"PUBLISHED",`+filter+`}`)
		want := 0
		for _, p := range byID {
			if holds(p) {
				want++
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d postings, want %d", filter, len(got), want)
		}
		for _, r := range got {
			if !holds(byID[r.Metadata.ExternalID]) {
				t.Errorf("%s: posting %s does not fit", filter, r.Metadata.ExternalID)
			}
		}
	}
}

func TestP67Refuses(t *testing.T) {
	t.Parallel()

	_, base := serve(t, options())
	for _, c := range []struct {
		what, key, body string
		want            int
	}{
		{"no key", "", `{}`, http.StatusUnauthorized},
		{"a wrong key", "wrong", `{}`, http.StatusUnauthorized},
		{"no JSON", "right", `{`, http.StatusBadRequest},
		{"an unknown filter", "right", `{"limit":10}`, http.StatusBadRequest},
		{"an unknown status", "right", `{"onlyStatus":"DRAFT"}`, http.StatusBadRequest},
		{"a bad time", "right", `{"modified":{"from":"yesterday"}}`, http.StatusBadRequest},
	} {
		if got, _ := fetchP67(t, base, c.key, c.body); got.status != c.want {
			t.Errorf("%s: status %d, want %d", c.what, got.status, c.want)
		}
	}
}

func TestP67LimitsTheRate(t *testing.T) {
	t.Parallel()

	opt := options()
	opt.RateLimit = 2
	system, base := serve(t, opt)
	const nothing = `{"municipalityIn":["000"]}`
	for _, left := range []string{"1", "0"} {
		got, _ := fetchP67(t, base, "right", nothing)
		if got.status != http.StatusOK || got.header.Get("RateLimit-Remaining") != left {
			t.Errorf("status %d, remaining %q, want %q", got.status, got.header.Get("RateLimit-Remaining"), left)
		}
	}
	got, _ := fetchP67(t, base, "right", nothing)
	if wait, err := strconv.Atoi(got.header.Get("Retry-After")); got.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 61 {
		t.Errorf("status %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	system.Advance(time.Minute)
	if got, _ := fetchP67(t, base, "right", nothing); got.status != http.StatusOK {
		t.Errorf("status %d in the next minute", got.status)
	}
}

func TestPostingsCloseAtTheirDeadline(t *testing.T) {
	t.Parallel()

	system, base := serve(t, options())
	before := system.Status()
	system.Advance(10 * 24 * time.Hour)
	after := system.Status()
	if after.Published >= before.Published || after.Published+after.Archived != before.Published+before.Archived {
		t.Errorf("published %d, archived %d after ten days; %d and %d before", after.Published, after.Archived, before.Published, before.Archived)
	}
	_, gone := fetchP67(t, base, "right", `{"onlyStatus":"ARCHIVED","archived":{"from":"2026-04-14T09:30:00"}}`)
	if want := after.Archived - before.Archived; len(gone) != want {
		t.Errorf("%d told as archived, want %d", len(gone), want)
	}
	for _, r := range gone {
		if r.Metadata.Archived != r.Application.Expires {
			t.Errorf("archived at %s, deadline %s", r.Metadata.Archived, r.Application.Expires)
		}
	}
	system.Reset()
	if got := system.Status(); got.Published != before.Published {
		t.Errorf("%d published after a reset, want %d", got.Published, before.Published)
	}
}

func TestLifeIsDeterministic(t *testing.T) {
	t.Parallel()

	one, other := tesim.New(options()), tesim.New(options())
	for range 3 {
		a := slices.Concat(one.Publish(2), one.Change(3), one.Archive(2))
		b := slices.Concat(other.Publish(2), other.Change(3), other.Archive(2))
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("two systems with the same seed went different ways:\n%s", diff)
		}
	}
}
