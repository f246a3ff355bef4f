package retention_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/terms"
)

func parts(tb testing.TB, db *postgres.DB) []keeping.Part {
	tb.Helper()
	documents := document.New(db, identitytest.Keyring(tb), clean{})
	reviews := review.New(db, nil, documents, review.DefaultOptions(), nil)
	return []keeping.Part{reviews.HandOver(), partner.HandOver(), terms.HandOver()}
}

// clean is a scanner that finds nothing.
type clean struct{}

func (clean) Scan(context.Context, io.Reader) error { return nil }

const scan = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

// left makes a partner that has left, with everything that may be known of it,
// and another one that stays.
func left(t *testing.T, d *desk) {
	t.Helper()
	s := partnertest.New(t, d.db, partner.Rules{})
	documents := document.New(d.db, identitytest.Keyring(t), clean{})
	p, who := partnertest.Approved(t, s, partnertest.Business)
	partnertest.Approved(t, s, "2345678-0")
	d.exec(`INSERT INTO review_case (application_id, revision, state, arrived_at, waiting_since, due_at, settled_at) VALUES ($1, 1, 'approved', $2, $2, $2, $2)`, p.ApplicationID, d.db.Now())
	d.exec(`INSERT INTO review_request (application_id, revision, kind, fields, message, due_on, state, made_by, made_at, settled_at)
	        VALUES ($1, 1, 'documents', '{}', 'Lähettäkää ote.', '2026-04-01', 'answered', 1, $2, $2)`, p.ApplicationID, d.db.Now())
	d.exec(`INSERT INTO review_note (application_id, kind, note, made_by, made_at) VALUES ($1, 'contact', 'Soitettu', 1, $2)`, p.ApplicationID, d.db.Now())
	d.exec(`INSERT INTO decision (year, serial, kind, business_id, organisation, language, grounds, document, made_by, made_at)
	        VALUES (2026, 1, 'restriction', $1, 'Esimerkki Oy', 'fi', '{}', '{"text": "Päätös"}', 1, $2)`, partnertest.Business, d.db.Now())
	d.exec(`INSERT INTO terms_told (kind, number, receiver, days_left, told_at) VALUES ('partner', 1, 'partner:' || $1::bigint || ':1', 7, $2)`, p.ID, d.db.Now())
	err := d.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		var id int64
		if err := tx.QueryRow(t.Context(), `SELECT id FROM review_request`).Scan(&id); err != nil {
			return err
		}
		return documents.Keep(t.Context(), tx, who, "sub", review.Request{ID: id}.Ref(), document.Clean{Name: "Ote äyrämö.pdf", Type: document.PDF, Content: []byte(scan)})
	})
	if err != nil {
		t.Fatal(err)
	}
	d.exec(`WITH gone AS (UPDATE partner SET status = 'left', left_at = $2 WHERE id = $1 RETURNING id, business_id, name),
	             dep AS (INSERT INTO partner_departure (partner_id, business_id, name, submission, noticed_by, authority, language, email, joined_at, left_at)
	                     SELECT id, business_id, name, 's', 1, 'NIMKO', 'fi', 'a@example.fi', $2, $2 FROM gone RETURNING id)
	        INSERT INTO partner_duty (departure_id, code, due_on) SELECT id, 'copies', '2026-04-01' FROM dep`, p.ID, d.db.Now())
}

var handedOver = []string{ //nolint:gochecknoglobals // the tables of an organisation
	"application", "application_revision", "application_verdict", "partner", "partner_departure", "partner_duty", "review_case", "review_request",
	"review_note", "decision", "document", "terms_acceptance", "terms_told",
}

func TestHandOver(t *testing.T) {
	t.Parallel()

	d, dir := newDesk(t), filepath.Join(t.TempDir(), "packages")
	left(t, d)
	h := retention.NewHandOver(d.db, dir, parts(t, d.db)...)
	d.Retention = retention.New(d.db, h.Purges())
	end := keeping.Period{Months: 60}.End(pgtest.Now)

	d.set(end.Add(-time.Second))
	d.run()
	for _, table := range handedOver {
		if d.count("SELECT count(*) FROM "+table) == 0 {
			t.Errorf("%s: nothing there a second before the end", table)
		}
	}
	if _, err := d.db.Exec(t.Context(), `DELETE FROM decision`); err == nil {
		t.Error("a decision can be deleted that no package holds")
	}
	if _, err := d.db.Exec(t.Context(), `SELECT release_handed_over($1)`, partnertest.Business); err == nil {
		t.Error("the database releases what no package holds")
	}

	d.set(end)
	d.run()
	for _, table := range handedOver {
		want := map[string]int{"application": 1, "application_revision": 1, "partner": 1, "terms_acceptance": 1}[table]
		if table == "application_verdict" {
			continue
		}
		if n := d.count("SELECT count(*) FROM " + table); n != want {
			t.Errorf("%s: %d left, want those of the partner that stays: %d", table, n, want)
		}
	}
	name := wholePackage(t, dir)
	for file, holds := range map[string]string{
		"data/decision.json": "Päätös", "data/review_note.json": "Soitettu", "data/document.json": "Ote äyrämö.pdf",
		"package.json": partnertest.Business, "data/terms_acceptance.json": "Aino Esimerkki", "data/partner_duty.json": "copies",
	} {
		b, err := os.ReadFile(filepath.Join(dir, name, file))
		if err != nil || !strings.Contains(string(b), holds) {
			t.Errorf("%s does not hold %q: %v", file, holds, err)
		}
	}
	var words string
	if err := d.db.QueryRow(t.Context(), `SELECT obj_description('decision'::regclass)`).Scan(&words); err != nil || words == "" {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, name, "package.json")); err != nil || !strings.Contains(string(b), `"description": "`+words) {
		t.Errorf("package.json does not say what a decision is: %v", err)
	}
	scans, err := filepath.Glob(filepath.Join(dir, name, "documents", "*.pdf"))
	if err != nil || len(scans) != 1 {
		t.Fatalf("documents: %v, %v", scans, err)
	}
	if b, err := os.ReadFile(scans[0]); err != nil || string(b) != scan {
		t.Errorf("the document is %q, %v", b, err)
	}
	if n := d.count(`SELECT count(*) FROM handover WHERE outcome = 'deleted' AND subject = '' AND package = $1`, name); n != 1 {
		t.Errorf("%d hand-overs are finished", n)
	}
	if n := d.count(`SELECT count(*) FROM audit_event WHERE action = 'handover.finished' AND detail->>'package' = $1`, name); n != 1 {
		t.Errorf("%d events", n)
	}
	d.run()
	wholePackage(t, dir)
}

// wholePackage returns the name of the only package, after sha256sum has read it.
func wholePackage(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("in the place for packages: %v, %v", entries, err)
	}
	check(t, filepath.Join(dir, entries[0].Name()))
	return entries[0].Name()
}

func check(t *testing.T, folder string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %s %v", out, err)
	}
}

// TestHandOverIsKilled cuts a hand-over off between the package and the deletion,
// and leaves half a package behind: the next run takes the whole one and sweeps
// the half.
func TestHandOverIsKilled(t *testing.T) {
	t.Parallel()

	d, dir := newDesk(t), t.TempDir()
	left(t, d)
	killed := parts(t, d.db)
	killed[1].Drop = func(context.Context, *postgres.Tx, string) (int, error) { return 0, errors.New("killed") }
	d.set(keeping.Period{Months: 60}.End(pgtest.Now))
	if err := retention.New(d.db, retention.NewHandOver(d.db, dir, killed...).Purges()).Run(t.Context()); err == nil {
		t.Fatal("the run did not fail")
	}
	if n := d.count(`SELECT count(*) FROM decision`); n != 1 {
		t.Errorf("%d decisions after a deletion that failed", n)
	}
	name := wholePackage(t, dir)
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}

	d.set(d.db.Now().Add(time.Hour))
	d.Retention = retention.New(d.db, retention.NewHandOver(d.db, dir, parts(t, d.db)...).Purges())
	d.run()
	if again := wholePackage(t, dir); again != name {
		t.Errorf("the package %s was made again as %s", name, again)
	}
	if after, err := os.Stat(filepath.Join(dir, name)); err != nil || !after.ModTime().Equal(info.ModTime()) {
		t.Errorf("the package was written over: %v", err)
	}
	if n := d.count(`SELECT count(*) FROM decision`); n != 0 {
		t.Errorf("%d decisions left", n)
	}
}

// TestHandOverOfWhatChanges lets the data change after the package: what was
// written is taken away, and a new package holds the change.
func TestHandOverOfWhatChanges(t *testing.T) {
	t.Parallel()

	d, dir := newDesk(t), t.TempDir()
	left(t, d)
	changing := parts(t, d.db)
	n := 0
	collect := changing[0].Collect
	changing[0].Collect = func(ctx context.Context, tx *postgres.Tx, organisation string) (keeping.Contents, error) {
		if n++; n == 2 {
			d.exec(`INSERT INTO review_note (application_id, kind, note, made_by, made_at) SELECT min(application_id), 'contact', 'Soitettu taas', 1, $1 FROM review_case`, d.db.Now())
		}
		return collect(ctx, tx, organisation)
	}
	half := ".2031-03-02-customership-000001.partial-1"
	if err := os.MkdirAll(filepath.Join(dir, half), 0o700); err != nil {
		t.Fatal(err)
	}
	d.set(keeping.Period{Months: 60}.End(pgtest.Now))
	d.Retention = retention.New(d.db, retention.NewHandOver(d.db, dir, changing...).Purges())
	d.run()
	name := wholePackage(t, dir)
	b, err := os.ReadFile(filepath.Join(dir, name, "data", "review_note.json"))
	if err != nil || !strings.Contains(string(b), "Soitettu taas") {
		t.Errorf("the note that came late is in no package: %v", err)
	}
	if n := d.count(`SELECT count(*) FROM review_note`); n != 0 {
		t.Errorf("%d notes left", n)
	}
}

// TestForgottenHandOver cuts a hand-over off after its package; then the
// organisation applies again: the package is taken away, its data stays here.
func TestForgottenHandOver(t *testing.T) {
	t.Parallel()

	d, dir := newDesk(t), t.TempDir()
	left(t, d)
	killed := parts(t, d.db)
	killed[1].Drop = func(context.Context, *postgres.Tx, string) (int, error) { return 0, errors.New("killed") }
	d.set(keeping.Period{Months: 60}.End(pgtest.Now))
	if err := retention.New(d.db, retention.NewHandOver(d.db, dir, killed...).Purges()).Run(t.Context()); err == nil {
		t.Fatal("the run did not fail")
	}
	wholePackage(t, dir)
	d.exec(`UPDATE partner SET status = 'active', left_at = NULL`)
	d.Retention = retention.New(d.db, retention.NewHandOver(d.db, dir, parts(t, d.db)...).Purges())
	d.run()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("in the place for packages: %v, %v", entries, err)
	}
	if n := d.count(`SELECT count(*) FROM handover WHERE outcome = 'void' AND subject = ''`); n != 1 {
		t.Errorf("%d hand-overs are void", n)
	}
	if n := d.count(`SELECT count(*) FROM decision`); n != 1 {
		t.Errorf("%d decisions", n)
	}
}

func TestNotHandedOver(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]string{
		"a partner again":            `UPDATE partner SET status = 'active', left_at = NULL`,
		"an application is open":     `UPDATE application SET status = 'in_review', decided_at = NULL WHERE business_id = '` + partnertest.Business + `'`,
		"barred without end":         `UPDATE partner SET status = 'removed', removed_at = left_at, barred_until = NULL WHERE status = 'left'`,
		"barred beyond":              `UPDATE partner SET status = 'removed', removed_at = left_at, barred_until = '2040-01-01' WHERE status = 'left'`,
		"a decision came afterwards": `INSERT INTO decision (year, serial, kind, business_id, organisation, language, grounds, document, made_by, made_at) VALUES (2026, 2, 'restriction', '` + partnertest.Business + `', 'x', 'fi', '{}', '{}', 1, '2029-01-01')`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d, dir := newDesk(t), t.TempDir()
			left(t, d)
			d.exec(change)
			d.Retention = retention.New(d.db, retention.NewHandOver(d.db, dir, parts(t, d.db)...).Purges())
			d.set(keeping.Period{Months: 60}.End(pgtest.Now).Add(48 * time.Hour))
			d.run()
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
				t.Errorf("in the place for packages: %v, %v", entries, err)
			}
		})
	}
}

func TestNoPlaceForPackages(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	left(t, d)
	d.Retention = retention.New(d.db, retention.NewHandOver(d.db, "", parts(t, d.db)...).Purges())
	d.set(keeping.Period{Months: 60}.End(pgtest.Now))
	d.run()
	if n := d.due("customership"); n != 1 {
		t.Errorf("%d due, want the one that waits for a place", n)
	}
}

// TestHandOverFailsAtEachStep lets one call after the other fail: whatever the
// step, nothing is deleted without a whole package, and the next run makes good.
func TestHandOverFailsAtEachStep(t *testing.T) {
	t.Parallel()

	for step := 1; ; step++ {
		d, dir := newDesk(t), t.TempDir()
		left(t, d)
		d.set(keeping.Period{Months: 60}.End(pgtest.Now))
		calls := 0
		fails := func() error {
			if calls++; calls == step {
				return errors.New("killed")
			}
			return nil
		}
		broken := parts(t, d.db)
		for i, part := range parts(t, d.db) {
			broken[i].Collect = func(ctx context.Context, tx *postgres.Tx, organisation string) (keeping.Contents, error) {
				if err := fails(); err != nil {
					return keeping.Contents{}, err
				}
				return part.Collect(ctx, tx, organisation)
			}
			broken[i].Drop = func(ctx context.Context, tx *postgres.Tx, organisation string) (int, error) {
				n, err := part.Drop(ctx, tx, organisation)
				return n, errors.Join(err, fails())
			}
		}
		err := retention.New(d.db, retention.NewHandOver(d.db, dir, broken...).Purges()).Run(t.Context())
		if calls < step {
			if err != nil || step < 9 {
				t.Errorf("the run without a failure made %d calls: %v", calls, err)
			}
			return
		}
		for _, table := range handedOver {
			if d.count("SELECT count(*) FROM "+table) == 0 {
				t.Errorf("step %d: %s is gone though the run failed", step, table)
			}
		}
		d.Retention = retention.New(d.db, retention.NewHandOver(d.db, dir, parts(t, d.db)...).Purges())
		d.run()
		wholePackage(t, dir)
		if n := d.count(`SELECT count(*) FROM decision`); n != 0 {
			t.Errorf("step %d: %d decisions are left after the next run", step, n)
		}
	}
}
