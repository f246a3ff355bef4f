package owndata_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/postgres"
	pages "tyomarkkinatori.fi/portal/web/owndata"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

const (
	accountPath  = "/fi/omat-sivut/tilin-hallinta"
	readablePath = accountPath + "/kopio.html"
	accountPathS = "/sv/mina-sidor/kontohantering"
	itself       = "Voit muuttaa tietoa itse"
)

// serveRecords serves the pages of a person of whom records are kept, besides the
// account.
func serveRecords(t *testing.T, records ...keeping.Record) *sessiontest.Portal {
	t.Helper()
	p := sessiontest.New(t)
	o := owndata.New(p.DB, p.People, nil, keeping.Keeper{
		Name:   "records",
		Export: func(context.Context, *postgres.Tx, int64) ([]keeping.Record, error) { return records, nil },
		Erase:  func(context.Context, *postgres.Tx, int64) error { return nil },
	})
	return p.Serve(pages.Pages{OwnData: o, Sessions: p.Manager})
}

// TestReasonsInTheLog are said in the words of the looks.
func TestReasonsInTheLog(t *testing.T) {
	t.Parallel()

	p := serveRecords(t, keeping.Record{Table: "audit_event", Source: keeping.SourceOfficer, By: "staff", Values: map[string]any{
		"action": "person.viewed", "detail": map[string]any{"reason": "data_request/11"},
	}})
	b := p.Browser()
	b.LogInAs(code)
	for _, path := range []string{accountPath, readablePath, accountPathS, accountPathS + "/kopia.html"} {
		text := b.Get(path).Page.Body()
		if strings.Contains(text, "data_request") || !strings.Contains(text, map[bool]string{true: "Tietopyynnön käsittely, numero 11", false: "nummer 11"}[path[:3] == "/fi"]) {
			t.Errorf("%s does not say why somebody looked:\n%s", path, text)
		}
	}
}

// TestWhoMendsWhat tells nobody to change what nobody can.
func TestWhoMendsWhat(t *testing.T) {
	t.Parallel()

	for table, want := range map[string]string{
		"audit_event":      "Tapahtumalokia ei voi muuttaa.",
		"consent":          "Annetun suostumuksen sanat eivät muutu.",
		"data_request":     "Lähetettyä pyyntöä ei voi muuttaa.",
		"terms_acceptance": "Jos tieto on väärin, tee tietopyyntö.",
		"profile_entry":    itself,
	} {
		p := serveRecords(t, keeping.Record{Table: table, Source: keeping.SourcePerson, Values: map[string]any{"kind": "partner", "action": "session.started"}})
		b := p.Browser()
		b.LogInAs(code)
		text := b.Get(accountPath).Page.Body()
		// The account has contact data, which everybody can change.
		own := strings.Count(serveText(t), itself)
		if table == "profile_entry" {
			own++
		}
		if !strings.Contains(text, want) || strings.Count(text, itself) != own {
			t.Errorf("%s: want %q once:\n%s", table, want, text)
		}
	}
}

// serveText is the account page of a person with nothing but an account.
func serveText(t *testing.T) string {
	t.Helper()
	b := serveRecords(t).Browser()
	b.LogInAs(code)
	return b.Get(accountPath).Page.Body()
}

// TestSourceOfForeigners is the identification of the other country.
func TestSourceOfForeigners(t *testing.T) {
	t.Parallel()

	p := serveRecords(t)
	b := p.Browser()
	b.LogIn(identity.Identified{
		ForeignID: "DE/FI/b1e7c3f09a6d4e2f8c5a", FirstNames: "Jürgen", FamilyName: "Weiß", Level: identity.LevelSubstantial,
	})
	for path, want := range map[string][2]string{
		accountPath:  {"Lähde: toisen maan tunnistus", "väestötietojärjestelmä"},
		accountPathS: {"Källa: identifiering från ett annat land", "befolkningsdata"},
	} {
		text := b.Get(path).Page.Body()
		if !strings.Contains(text, "Weiß") || !strings.Contains(text, want[0]) || strings.Contains(text, want[1]) || strings.Contains(text, "Digi- ja väestötietovirasto") {
			t.Errorf("%s tells of the population register:\n%s", path, text)
		}
	}
}

// TestEnteredRequest arrived on a day, and was written down at a moment.
func TestEnteredRequest(t *testing.T) {
	t.Parallel()

	arrived := time.Date(2026, time.November, 20, 0, 0, 0, 0, i18n.Helsinki)
	p := serveRecords(t, keeping.Record{
		Table: "data_request", At: arrived.Add(60 * time.Hour), Source: keeping.SourceOfficer, By: "data_protection",
		Values: map[string]any{"kind": "inspection", "channel": "post", "received_at": arrived},
	})
	b := p.Browser()
	b.LogInAs(code)
	text := b.Get(accountPath).Page.Body()
	if !strings.Contains(text, "pe 20.11.2026") || strings.Contains(text, "20.11.2026 klo") || !strings.Contains(text, "Kirjattu su 22.11.2026 klo 12.00") {
		t.Errorf("the page mixes up arrival and record:\n%s", text)
	}
}

// TestReadableCopy lists what is in it, and its documents can be saved and opened.
func TestReadableCopy(t *testing.T) {
	t.Parallel()

	p := serveRecords(t,
		keeping.Record{Table: "document", Source: keeping.SourcePerson, Values: map[string]any{
			"name": "todistus ä.pdf", "type": "application/pdf", "size": 4, "content": []byte("%PDF"),
		}},
		keeping.Record{Table: "document", Source: keeping.SourcePerson, Values: map[string]any{
			"name": "x.html", "type": "text/html", "size": 4, "content": []byte("<a/>"),
		}})
	b := p.Browser()
	b.LogInAs(code)
	file := b.Get(readablePath).Body.String()
	for _, want := range []string{
		`<a download="todistus ä.pdf" href="data:application/pdf;base64,` + base64.StdEncoding.EncodeToString([]byte("%PDF")) + `">todistus ä.pdf, 4 tavua</a>`,
		`<a download="x.html" href="data:application/octet-stream;base64,`,
		`<a href="#group-document">Asiakirjat</a> (2)`, `<h2 id="group-document">`,
		`<a href="#looks">`, `<h2 id="looks">`, `<a href="#withheld">`, `<h2 id="withheld">`,
	} {
		if !strings.Contains(file, want) {
			t.Errorf("the copy has no %s", want)
		}
	}
}

// TestNamesInTheCopy are those of people, and a day has no time.
func TestNamesInTheCopy(t *testing.T) {
	t.Parallel()

	b := serve(t).Browser()
	b.LogInAs(code)
	type group struct {
		Group   string
		Entries []struct {
			Rule   string `json:"kept_by_rule"`
			Values map[string]any
		}
	}
	var file struct{ Groups []group }
	if err := json.Unmarshal(b.Get(accountPath+"/kopio.json").Body.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	account := slices.IndexFunc(file.Groups, func(g group) bool { return g.Group == "account" })
	if e := file.Groups[account].Entries[0]; e.Values["identity_code"] != code || e.Values["birth_date"] != "1994-05-01" || e.Rule != "account" {
		t.Errorf("the account in the copy: %v", e)
	}
}
