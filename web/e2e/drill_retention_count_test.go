//go:build drill

package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/owndata/owndatatest"
)

// count holds all to what was due by end, when the last run began, which nobody
// killed.
func (d *keepingDrill) count(t *testing.T, end time.Time) {
	t.Helper()
	d.isSound(t)
	d.countKinds(t, end)
	d.countPackages(t)
	d.countWarnings(t, end)
	d.countRuns(t)
	whole, half, err := owndatatest.Count(t.Context(), d.db, firstLeaver, firstLeaver+d.leavers)
	if err != nil || half > 0 {
		t.Errorf("%d people are half deleted: %v", half, err)
	}
	t.Logf("%d of %d people are whole, the others gone; %d of them by the journal alone after a kill", whole, d.leavers, d.number(t, `SELECT count(*) FROM erasure WHERE cause = 'replay'`))
	t.Logf("audit verify: %s", strings.TrimSpace(d.portal(t, "audit", "verify")))
	said, err := os.ReadFile(d.complaints.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the processes that were not killed said: %q", said)
}

// countKinds holds each kind to its rows: what was due is gone within a day, what
// was not is there, and the audit log has counted right.
func (d *keepingDrill) countKinds(t *testing.T, end time.Time) {
	t.Helper()
	tells := map[string]int64{}
	var planted, allGone, lost, tooLate int64
	for _, k := range allKept() {
		of := ` FROM drill.row AS r LEFT JOIN drill.gone AS g USING (n) WHERE r.kind = '` + k.kind + `'`
		there := fmt.Sprintf(` FROM %s AS s JOIN drill.row AS r ON r.source = '%[1]s' AND r.kind = '%s' AND r.key = to_jsonb(s) ->> '%s'`, k.table, k.kind, k.key)
		if k.kind == "data_request" {
			there += ` WHERE s.erased_at IS NULL`
		} else {
			there += ` WHERE true`
		}
		all, gone, left := d.number(t, `SELECT count(*)`+of), d.number(t, `SELECT count(g.n)`+of), d.number(t, `SELECT count(*)`+there)
		twice := gone - d.number(t, `SELECT count(DISTINCT g.n)`+of)
		late := d.number(t, fmt.Sprintf(`SELECT count(*)%s AND drill.end_of(r, to_jsonb(s)) <= '%s'`, there, end.Format(time.RFC3339Nano)))
		slowest := d.text(t, `SELECT coalesce(justify_interval(max(g.gone_at - g.ends_at))::text, '')`+of)
		slow := d.number(t, `SELECT count(*)`+of+` AND g.gone_at > g.ends_at + interval '24 hours'`)
		if twice != 0 || late != 0 || slow != 0 || gone+left != all || gone == 0 {
			t.Errorf("%s: of %d rows %d are gone (%d twice, %d after more than a day) and %d there, of which %d are due", k.kind, all, gone, twice, slow, left, late)
		}
		t.Logf("%-22s %5d planted, %5d due and gone, %5d not due and there; the slowest %s after its time", k.kind, all, gone, left, slowest)
		tells[k.tells] += gone
		planted, allGone, lost, tooLate = planted+all, allGone+gone, lost+all-gone-left, tooLate+late+slow
	}
	t.Logf("in all %d planted, %d due and gone, %d not due and there; %d early, %d lost, %d late", planted, allGone, planted-allGone-lost,
		d.number(t, `SELECT count(*) FROM drill.gone WHERE gone_at < ends_at`), lost, tooLate)
	for action, gone := range tells {
		told := d.number(t, `SELECT coalesce(sum(coalesce((detail ->> 'count')::int, (detail ->> 'erased')::int, 1)), 0) FROM audit_event WHERE action = '`+action+`'`)
		if told != gone {
			t.Errorf("%s: the log tells of %d, and %d are gone", action, told, gone)
		}
	}
}

// countWarnings holds warnings to being told once.
func (d *keepingDrill) countWarnings(t *testing.T, end time.Time) {
	t.Helper()
	for kind, action := range map[string]string{"account_ends": "accounts.warned", "draft_expires": "draft.warned"} {
		told, audited := d.number(t, `SELECT count(*) FROM drill.told WHERE kind = '`+kind+`'`), d.number(t, `SELECT coalesce(sum((detail ->> 'count')::int), 0) FROM audit_event WHERE action = '`+action+`'`)
		twice := told - d.number(t, `SELECT count(DISTINCT key) FROM drill.told WHERE kind = '`+kind+`'`)
		if told == 0 || told != audited || twice != 0 {
			t.Errorf("%s: %d mails, %d of them again, and the log tells of %d", kind, told, twice, audited)
		}
		t.Logf("%s: %d warnings, none twice", kind, told)
	}
	unwarned := d.number(t, fmt.Sprintf(`SELECT count(*) FROM person AS p JOIN drill.row AS r ON r.n = p.id AND r.kind = 'account'
		WHERE p.email <> '' AND r.ends_at <= '%s'::timestamptz + interval '30 days' AND (p.warned_at IS NULL OR p.warned_at <= p.logged_in_at)`, end.Format(time.RFC3339Nano)))
	if unwarned != 0 {
		t.Errorf("%d people whose accounts end have not been told", unwarned)
	}
	mails, again := 0, 0
	rows, err := d.db.Query(t.Context(), `SELECT DISTINCT 'leaver' || split_part(key, ':', 2) || '@drill.example' FROM drill.told WHERE kind = 'account_ends' ORDER BY 1 LIMIT 300`)
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range addresses {
		ids := map[string]bool{}
		for _, m := range d.mails(t, to) {
			mails++
			if ids[m.MessageID] {
				again++
			}
			ids[m.MessageID] = true
		}
	}
	if again != 0 || mails == 0 {
		t.Errorf("%d mails reached %d people, %d of them again", mails, len(addresses), again)
	}
	t.Logf("%d warnings reached the first %d people by mail, none twice", mails, len(addresses))
}

// countRuns holds the runs to what became of them.
func (d *keepingDrill) countRuns(t *testing.T) {
	t.Helper()
	t.Logf("runs: %s", d.text(t, `SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM retention_run GROUP BY state) AS s`))
	for what, query := range map[string]string{
		"runs are still under way":                    `SELECT count(*) FROM retention_run WHERE state = 'running'`,
		"runs have failed":                            `SELECT count(*) FROM retention_run WHERE state = 'failed'`,
		"runs without exactly one event of their end": `SELECT count(*) FROM retention_run AS r WHERE (SELECT count(*) FROM audit_event WHERE subject_kind = 'retention_run' AND subject_id = r.id::text AND action = 'retention.' || r.state) <> 1`,
	} {
		if n := d.number(t, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if n := d.number(t, `SELECT count(*) FROM retention_run WHERE state = 'interrupted'`); int(n) < d.met {
		t.Errorf("%d runs are told to have been interrupted, and %d were", n, d.met)
	}
	const figures = `SELECT coalesce(sum((f.value ->> 'done')::int), 0)::bigint FROM retention_run, jsonb_each(figures) AS f`
	counted, gone := d.number(t, figures), d.number(t, `SELECT count(*) FROM drill.gone`)
	if counted > gone {
		t.Errorf("the runs tell of %d, and %d are gone", counted, gone)
	}
	t.Logf("the figures of the runs tell of %d of %d; the rest went with the last batch before a kill, of which the log tells", counted, gone)
}

// countPackages holds the packages to the organisations that are gone: each is in
// one, which is whole.
func (d *keepingDrill) countPackages(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		t.Fatal(err)
	}
	packed := map[string]int{}
	void := 0
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
			t.Errorf("half a package is left behind: %s", e.Name())
		case strings.HasSuffix(e.Name(), ".void"):
			void++
		default:
			packed[d.open(t, filepath.Join(d.folder, e.Name()))]++
		}
	}
	rows, err := d.db.Query(t.Context(), `SELECT r.key, g.n IS NOT NULL FROM drill.row AS r LEFT JOIN drill.gone AS g USING (n) WHERE r.kind IN ('application', 'customership')`)
	if err != nil {
		t.Fatal(err)
	}
	handed, here := 0, 0
	var key string
	var gone bool
	_, err = pgx.ForEachRow(rows, []any{&key, &gone}, func() error {
		switch {
		case gone && packed[key] != 1, !gone && packed[key] != 0:
			t.Errorf("%s is gone: %t, and in %d packages", key, gone, packed[key])
		case gone:
			handed++
		default:
			here++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := d.number(t, `SELECT count(*) FROM handover WHERE outcome = ''`); n != 0 {
		t.Errorf("%d packages are begun and not finished", n)
	}
	t.Logf("%d organisations are each in one whole package and nowhere else, %d are here and in none; %d void packages", handed, here, void)
}

// open reads a package and returns whose it is, after a look at every checksum and
// at the number of rows.
func (d *keepingDrill) open(t *testing.T, folder string) string {
	t.Helper()
	sums := map[string]string{}
	list, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		sums[name] = sum
	}
	rows, scans := 0, 0
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "SHA256SUMS" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if sum := sha256.Sum256(b); sums[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the checksum is wrong", path)
		}
		delete(sums, name)
		switch filepath.Dir(name) {
		case "data":
			var all []json.RawMessage
			err = json.Unmarshal(b, &all)
			rows += len(all)
		case "documents":
			if string(b) == scannedPDF {
				scans++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Organisation, Kind string
		Rows               int
	}
	b, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, c := range customers() {
		want += map[string]int{"application": c.applied, "customership": c.partner}[p.Kind]
	}
	if len(sums) > 0 || rows != want || p.Rows != want || scans != 1 {
		t.Errorf("%s: %d rows, want %d; %d documents; missing %v", folder, rows, want, scans, sums)
	}
	return p.Organisation
}
