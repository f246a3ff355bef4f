package owndata_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
)

// TestAccountsWaitForAnswers keeps the account of whoever waits for an answer or
// has had the use of the data restricted, however long ago the last log-in was.
func TestAccountsWaitForAnswers(t *testing.T) {
	t.Parallel()

	for name, step := range map[string]struct {
		insert, release string
	}{
		"an answer": {
			`INSERT INTO data_request (submission, kind, channel, language, person_id, identification, received_at, due_at, state)
			 VALUES ('s', 'inspection', 'page', 'fi', $1, 'strong', $2, $2, 'waiting')`,
			`UPDATE data_request SET state = 'settled', outcome = 'granted', answer = 'Tässä.', settled_at = $2, settled_by = $1`,
		},
		"a restriction": {
			`INSERT INTO data_request (submission, kind, channel, language, person_id, identification, received_at, due_at, state, outcome, answer, settled_at, settled_by)
			 VALUES ('s', 'restriction', 'page', 'fi', $1, 'strong', $2, $2, 'settled', 'granted', 'Rajoitettu.', $2, $1)`,
			`UPDATE data_request SET lifted_at = $2 WHERE person_id = $1`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t)
			w.Held = datarequest.New(datarequest.Deps{DB: w.db, People: w.people}).Held
			began := w.db.Now()
			held, other := identitytest.Person(t, w.db, "010594Y9032"), identitytest.Person(t, w.db, "010594Y9021")
			exec := func(query string) {
				t.Helper()
				if _, err := w.db.Exec(t.Context(), query, held, w.db.Now()); err != nil {
					t.Fatal(err)
				}
			}
			exec(step.insert)
			run := func() int {
				t.Helper()
				n := 0
				// A batch of one: whoever is held does not hold up those behind.
				for {
					gone, err := w.Purges()[0].Run(t.Context(), accountRule(), 1)
					if err != nil {
						t.Fatal(err)
					}
					if gone == 0 {
						return n
					}
					n += gone
				}
			}
			w.at(accountRule().Period.End(began).AddDate(0, 2, 0))
			if n := run(); n != 1 {
				t.Errorf("%d accounts went, want one", n)
			}
			if _, err := w.people.ByID(t.Context(), other); err == nil {
				t.Error("an account that nobody holds is there")
			}
			all, err := w.Everything(t.Context(), held)
			if err != nil || !all.Held {
				t.Errorf("the account does not say that it is held: %v", err)
			}
			exec(step.release)
			if n := run(); n != 0 {
				t.Errorf("%d accounts went before the answer could be read", n)
			}
			w.at(w.db.Now().AddDate(0, 0, 31))
			if n := run(); n != 1 {
				t.Errorf("%d accounts went when it was answered, want one", n)
			}
		})
	}
	w := newWorld(t)
	requests := datarequest.New(datarequest.Deps{DB: w.db, People: w.people})
	w.Held = requests.Held
	id := identitytest.Person(t, w.db, "010594Y9032")
	if _, err := w.db.Exec(t.Context(), `
		INSERT INTO data_request (submission, kind, channel, language, person_id, identification, received_at, due_at, state)
		VALUES ('s', 'deletion', 'page', 'fi', $1, 'strong', $2, $2, 'waiting')`, id, w.db.Now()); err != nil {
		t.Fatal(err)
	}
	w.at(accountRule().Period.End(w.db.Now()))
	if n, err := w.Purges()[0].Run(t.Context(), accountRule(), 10); n != 1 || err != nil {
		t.Errorf("whoever waits for a deletion is held: %d, %v", n, err)
	}
}
