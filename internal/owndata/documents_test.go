package owndata_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// TestDocumentsOfRequests are told with what a data request is kept for, also the
// letter that an officer has scanned, and go with the account; what was sent for
// an application is the partners' matter and stays.
func TestDocumentsOfRequests(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	now := w.db.Now()
	_, aino := identitytest.LogIn(t, w.db, "010594Y9032")
	_, officer := identitytest.Officer(t, w.db, identity.GroupDataProtection)
	documents := document.New(w.db, identitytest.Keyring(t), clean{})
	requests := datarequest.New(datarequest.Deps{DB: w.db, People: w.people, Documents: documents, Options: datarequest.DefaultOptions()})
	id, err := requests.File(t.Context(), aino, datarequest.Filing{Kind: datarequest.Restriction, Message: "Rajoittakaa.", Language: i18n.Finnish, Submission: "q"})
	if err != nil {
		t.Fatal(err)
	}
	number := strconv.FormatInt(id, 10)
	for i, d := range []struct {
		by      identity.Session
		subject audit.Ref
	}{{aino, audit.Ref{Kind: "data_request", ID: number}}, {officer, audit.Ref{Kind: "data_request", ID: number}}, {officer, audit.Ref{Kind: "data_request_answer", ID: number}}, {aino, audit.Ref{Kind: "request", ID: "1"}}} {
		err := w.db.InTx(t.Context(), func(tx *postgres.Tx) error {
			return documents.Keep(t.Context(), tx, d.by, fmt.Sprint("s", i), d.subject, document.Clean{Type: document.PDF, Name: fmt.Sprintf("%d.pdf", i), Content: []byte("%PDF")})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	own := keeping.Use{Purpose: "own_data", Ground: "legal_obligation", Rule: "data_request"}
	partners := keeping.Use{Purpose: "partnership", Ground: "public_interest", Rule: "document"}
	hold := func(when string, ends time.Time) {
		t.Helper()
		docs := w.documents(t, aino.PersonID)
		if len(docs) != 4 {
			t.Fatalf("%s: %d documents in the copy, want 4", when, len(docs))
		}
		for i, want := range []keeping.Use{own, own, own, partners} {
			e := docs[fmt.Sprintf("%d.pdf", i)]
			for _, item := range e.Items {
				if got := (keeping.Use{Purpose: item.Purpose, Ground: item.Ground, Rule: item.Rule}); item.Personal && got != want {
					t.Errorf("%s, document %d: %s is told with %v, want %v", when, i, item.Item, got, want)
				}
			}
			if byOfficer := i == 1 || i == 2; (e.Source == keeping.SourceOfficer) != byOfficer {
				t.Errorf("%s, document %d: source %s", when, i, e.Source)
			}
			if want == own && !e.Ends.Equal(ends) {
				t.Errorf("%s, document %d: ends %v, want %v", when, i, e.Ends, ends)
			}
		}
	}
	hold("while it waits", time.Time{})
	if docs := w.documents(t, officer.PersonID); len(docs) != 0 {
		t.Errorf("the officer's own copy has %d documents of somebody else", len(docs))
	}

	f, err := w.Forecast(t.Context(), aino.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	goes, stays := 0, 0
	for _, c := range f.Goes {
		if c.Group == "document" {
			goes += c.N
		}
	}
	for _, k := range f.Stays {
		if k.Kind == "document" {
			stays += k.Count
		}
	}
	if goes != 3 || stays != 1 {
		t.Errorf("a deletion is told to take %d documents and to leave %d, want 3 and 1", goes, stays)
	}

	settle := func(lifted any) {
		t.Helper()
		_, err := w.db.Exec(t.Context(), `UPDATE data_request SET state = 'settled', outcome = 'granted', settled_at = $2, lifted_at = $3 WHERE id = $1`, id, now, lifted)
		if err != nil {
			t.Fatal(err)
		}
	}
	settle(nil)
	hold("while the restriction is in force", time.Time{})
	lifted := now.AddDate(0, 1, 0).Truncate(time.Second)
	settle(lifted)
	hold("after it", w.period(t, "data_request").End(lifted))
}

// documents are those in the copy of a person, by name.
func (w *world) documents(t *testing.T, person identity.PersonID) map[string]owndata.Entry {
	t.Helper()
	all, err := w.Everything(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]owndata.Entry{}
	for _, g := range all.Groups {
		for _, e := range g.Entries {
			if name, ok := e.Values["name"].(string); ok && e.Table == "document" {
				docs[name] = e
			}
		}
	}
	return docs
}
