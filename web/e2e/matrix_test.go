package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/route"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// column is a kind of visitor.
type column struct {
	name string
	*visitor
	// ours tells that the visitor may read what belongs to our partner.
	ours bool
}

// columns are everybody who can come: nobody known, a person, representatives of
// an organisation that is no partner, of our partner before and after they have
// confirmed the terms, and of another partner, and an officer of each group.
func (s *stage) columns(t *testing.T) []column {
	t.Helper()
	all := []column{
		{"anonymous", s.visitor(""), false},
		{"person", s.visitor("nobody").logIn(t), false},
		{"applicant", s.visitor("ayramo").logIn(t).actFor(t, "ayramo"), false},
		{"unconfirmed", s.visitor("colleague").logIn(t).actFor(t, s.ours.organisation), true},
		{"partner", s.visitor(s.ours.key).logIn(t).actFor(t, s.ours.organisation), true},
		{"other", s.visitor(s.theirs.key).logIn(t).actFor(t, s.theirs.organisation), false},
	}
	// Some routes ask for an identification that is not old.
	for _, g := range identity.Groups() {
		all = append(all, column{string(g), s.visitor(s.officers[string(g)].key).logInStaff(t), false})
	}
	return all
}

// admits tells whether an audience lets a column in. A representative of no
// partner is led on from a partner's pages, one who has not confirmed the terms
// from everything but confirming them.
func admits(a route.Audience, column string) bool {
	_, groups, _ := strings.Cut(string(a), ":")
	officer := slices.Contains(identity.Groups(), identity.Group(column))
	switch {
	case a == route.Public || a == route.Operator:
		return true
	case groups != "":
		return slices.Contains(strings.Split(groups, "+"), column)
	case a == route.Staff || officer:
		return a == route.Staff && officer
	case a == route.Partner:
		return column == "partner" || column == "other"
	case a == route.Representative:
		return column != "anonymous" && column != "person" && column != "unconfirmed"
	}
	return column != "anonymous"
}

// fill puts into the places of a pattern what belongs to our partner, and the
// tokens of the job watch.
func (s *stage) fill(pattern string, kept, staffKept string, posting, officer int64) string {
	var id string
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(pattern, w) })
	}
	switch {
	case has("/tyopaikat/", "/lediga-jobb/"):
		id = strconv.FormatInt(posting, 10)
	case has("/rekisteri/", "/register/"):
		id = strconv.FormatInt(officer, 10)
	case has("/virkailija/lahettamatta/", "/handlaggare/osant/"):
		id = staffKept
	case has("/lahettamatta/", "/osant/"):
		id = kept
	case has("/paatokset/", "/beslut/"):
		id = s.ours.decision
	case has("/pyynnot/", "/begaran/"):
		id = s.ours.request
	case has("/lahteminen/", "/uttrade/"):
		id = s.ours.departure
	case has("/ehtojen-hyvaksynnat/", "/godkannanden-av-villkor/"):
		id = s.ours.acceptance
	case has("/jalkivalvonta/", "/efterhandstillsyn/"):
		id = s.ours.joined
	default:
		id = s.ours.changed
	}
	key, kind := s.ours.document, "partner"
	if ownID, ownKey, own := s.own.fill(pattern); own {
		id, key = ownID, ownKey
	}
	if has("/sailytysajat/", "/forvaringstider/") {
		kind = "feedback"
	}
	token := path.Base(s.watch.own)
	switch {
	case has("/vahvistus/", "/bekraftelse/"):
		token = path.Base(s.watch.confirm)
	case has("/lopetus/", "/avsluta/"):
		token = "0000-0000-0000-0000" // the watch must not end, and the answer is the same
	}
	return strings.NewReplacer("{id}", id, "{token}", token, "{posting}", strconv.FormatInt(posting, 10), "{n}", "1", "{part}", "1", "*", "none.css", "{kind}", kind, "{number}", "1",
		"{organisation}", world.Default().Organisation(s.ours.organisation).BusinessID, "{code}", "training",
		"{request}", s.ours.request, "{key}", key).Replace(pattern)
}

// kept has the portal keep a form for its owner, sent after the session ended,
// and returns its number.
func (v *visitor) kept(t *testing.T, path string) string {
	t.Helper()
	fields := v.copied().form(t, path)
	late := v.site.visitor(v.key)
	a := late.submit(t, path, fields)
	to, err := url.Parse(a.location())
	if err != nil || to.Query().Get("kept") != "1" {
		t.Fatalf("the form is not kept: %s", a)
	}
	back := to.Query().Get("return")
	return back[strings.LastIndex(back, "/")+1:]
}

// TestAccessMatrix holds every route to its class and to what each kind of
// visitor gets from it. A new route fails until it has a line.
func TestAccessMatrix(t *testing.T) {
	t.Parallel()

	s := set(t)
	posting := s.number(t, `SELECT id FROM job_posting WHERE status = 'open' LIMIT 1`)
	officer := s.number(t, `SELECT g.person_id FROM staff_grant AS g WHERE g.staff_group = 'audit' AND g.status = 'granted'`)
	kept := s.ours.kept(t, desk+"/muuta/kuvaus")
	staffKept := s.officers["applications"].kept(t, casePages+s.ours.changed+"/yhteydenotto")

	columns := s.columns(t)
	routes := s.classes(t)
	got := make([][]int, len(routes))
	for i := range got {
		got[i] = make([]int, len(columns))
	}
	var visiting sync.WaitGroup
	for c, who := range columns {
		visiting.Go(func() {
			for i, r := range routes {
				path := s.fill(r.Pattern, kept, staffKept, posting, officer)
				if strings.Contains(path, "{") {
					t.Errorf("nobody knows what to put into %s", path)
				}
				v := who.copied()
				var a *answer
				var err error
				if r.Method == http.MethodPost {
					a, err = v.post(t.Context(), path, url.Values{})
				} else {
					a, err = v.get(t.Context(), path)
				}
				if err != nil {
					t.Errorf("%s %s: %v", r.Method, path, err)
					return
				}
				got[i][c] = a.status
				s.holds(t, r, who, a)
			}
		})
	}
	visiting.Wait()

	var text strings.Builder
	text.WriteString("# method pattern audience csrf cache rate [fresh] [confirmed] [upload] -> anonymous, person, representatives: applicant, unconfirmed, partner, other; officers: " + fmt.Sprint(identity.Groups()) + "\n")
	for i, r := range routes {
		fmt.Fprintf(&text, "%s %s %s %s %s %s%s -> %s\n", r.Method, r.Pattern, r.Audience, r.CSRF, r.Cache, r.Rate, extras(r), row(got[i]))
	}
	const golden = "testdata/routes.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text.String(), "\n")); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

// holds fails when an answer is not what the class of its route promises.
func (s *stage) holds(t *testing.T, r route.Route, who column, a *answer) {
	t.Helper()
	if r.CSRF == route.Safe == (r.Method == http.MethodPost) {
		t.Errorf("%s %s has the csrf class %s", r.Method, r.Pattern, r.CSRF)
	}
	confirms := r.Pattern == paths.TermsConfirm.Fi || r.Pattern == paths.TermsConfirm.Sv
	in := admits(r.Audience, who.name) || who.name == "unconfirmed" && confirms
	if !in && a.status != http.StatusSeeOther && a.status != http.StatusForbidden {
		t.Errorf("%s %s is for %s and answers %d to %s", r.Method, r.Pattern, r.Audience, a.status, who.name)
	}
	officer := r.Audience != route.Staff && strings.HasPrefix(string(r.Audience), string(route.Staff)) && in
	if !who.ours && !officer && strings.Contains(a.body, s.ours.canary) {
		t.Errorf("%s %s shows what belongs to our partner to %s", r.Method, r.Pattern, who.name)
	}
	if r.Method == http.MethodPost && a.status < http.StatusBadRequest && a.status != http.StatusSeeOther {
		t.Errorf("%s %s answers %d to a form without a token", r.Method, r.Pattern, a.status)
	}
	cache := a.header.Get("Cache-Control")
	if a.status == http.StatusOK && who.name == "anonymous" && strings.Contains(cache, "no-store") != (r.Cache == route.CacheNone) {
		t.Errorf("%s %s has the cache class %s and answers Cache-Control: %s", r.Method, r.Pattern, r.Cache, cache)
	}
	page := strings.HasPrefix(a.header.Get("Content-Type"), "text/html")
	if who.name != "anonymous" && page && cache != "no-store" {
		t.Errorf("%s %s may be kept though there is a session: %s", r.Method, r.Pattern, cache)
	}
	file := a.header.Get("Content-Disposition") != ""
	if page && !file && a.status == http.StatusOK && !r.Open() {
		for _, fault := range a.page(t).Faults(r.Pattern[1:3]) {
			t.Errorf("%s %s: %s", r.Method, r.Pattern, fault)
		}
	}
	if who.name == "anonymous" && len(a.cookies) > 0 && r.Method == http.MethodGet {
		t.Errorf("%s %s sets a cookie", r.Method, r.Pattern)
	}
}

func extras(r route.Route) string {
	var all []string
	for _, x := range []struct {
		is   bool
		name string
	}{{r.Fresh, " fresh"}, {r.Confirmed, " confirmed"}, {r.Upload, " upload"}} {
		if x.is {
			all = append(all, x.name)
		}
	}
	return strings.Join(all, "")
}

func row(statuses []int) string {
	all := make([]string, len(statuses))
	for i, n := range statuses {
		all[i] = strconv.Itoa(n)
	}
	return strings.Join(all[:2], " ") + " | " + strings.Join(all[2:6], " ") + " | " + strings.Join(all[6:], " ")
}

// classes asks the portal for its router.
func (s *site) classes(t *testing.T) []route.Route {
	t.Helper()
	var routes []route.Route
	if err := json.Unmarshal([]byte(s.portal(t, "routes")), &routes); err != nil {
		t.Fatal(err)
	}
	return routes
}

// TestFreshRoutesAskToIdentifyAnew lets the officer's and the partner's
// identification grow old.
func TestFreshRoutesAskToIdentifyAnew(t *testing.T) {
	t.Parallel()

	s := set(t)
	old := s.visitor("main2").logInStaff(t)
	s.execute(t, `UPDATE session SET identified_at = identified_at - interval '6 minutes' WHERE token_hash = sha256('`+old.cookies["session"]+`')`)
	officer := s.number(t, `SELECT g.person_id FROM staff_grant AS g WHERE g.staff_group = 'audit' AND g.status = 'granted'`)
	n := 0
	for _, r := range s.classes(t) {
		if !r.Fresh || !admits(r.Audience, "main") {
			continue
		}
		n++
		path := s.fill(r.Pattern, "", "", 0, officer)
		var a *answer
		if r.Method == http.MethodPost {
			a = old.submit(t, path, url.Values{})
		} else {
			a = old.open(t, path)
		}
		if a.status != http.StatusSeeOther || !strings.Contains(a.location(), "fresh=1") {
			t.Errorf("%s", a)
		}
	}
	if n == 0 {
		t.Error("no route asks for a fresh identification")
	}
}
