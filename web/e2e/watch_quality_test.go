package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestJobWatchQualityBreaksLoudly has the simulated job seekers of make run
// order their watches, shows on the public page that all that they were to get
// adds up, and deletes a row of the ledger by hand: page, log, metrics, the audit
// log and the task itself tell of it.
func TestJobWatchQualityBreaksLoudly(t *testing.T) {
	t.Parallel()

	noted := filepath.Join(t.TempDir(), "watches.json")
	s := newWatching(t, "-seekers", noted)
	t.Cleanup(s.stop)
	r := s.visitor("anybody")
	var watches []struct{ Search, Address, Own string }
	eventually(t, "the job seekers have their watches", func() bool {
		content, err := os.ReadFile(noted)
		return err == nil && json.Unmarshal(content, &watches) == nil && len(watches) == 5
	})
	eventually(t, "what they were to get was sent", func() bool {
		return s.openPostings(t) == s.openAtSource(t) && s.number(t, `SELECT count(*) FROM job_watch_entry WHERE state = 'sent'`) > 0 &&
			s.number(t, `SELECT count(*) FROM job_watch_entry WHERE state = 'queued'`) == 0
	})
	for _, w := range watches {
		r.see(t, w.Own)
	}
	s.isSound(t)
	for _, lang := range i18n.Langs {
		l := speak(t, lang)
		page := r.see(t, l.path(paths.WatchQuality), l.say("watches.quality.sound_title")).page(t)
		figures := figuresIn(t, page.Body(), l)
		t.Logf("%s: %v", lang, figures)
		if figures["watches"] != 5 || figures["matched"] == 0 || figures["sent"] == 0 || figures["missing"] != 0 ||
			figures["matched"] != figures["sent"]+figures["pending"]+figures["skipped"] {
			t.Errorf("%s: the figures do not add up: %v", lang, figures)
		}
		for _, fault := range page.Faults(string(lang)) {
			t.Errorf("%s: %s", lang, fault)
		}
	}

	if got := s.metrics(t); !strings.Contains(got, "\nportal_job_watch_unsound 0\n") || !strings.Contains(got, "\nportal_job_watches 5\n") {
		t.Error("metrics do not tell that all is well")
	}

	s.execute(t, `DELETE FROM job_watch_entry WHERE ctid = (SELECT ctid FROM job_watch_entry WHERE state = 'sent' LIMIT 1)`)
	out, err := s.command(t, "portal", "work", "-run", "job_watch.reconcile").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "do not add up") || !strings.Contains(string(out), "1 matched without a record") {
		t.Errorf("the reconciliation does not fail: %s", out)
	}
	s.isBroken(t, r)
	if n := s.number(t, `SELECT count(*) FROM audit_event WHERE action = 'job_watch.reconciliation_failed'`); n == 0 {
		t.Error("the audit log does not tell")
	}
}

// isBroken fails unless metrics and the page tell that the watches do not add up.
func (s *site) isBroken(t *testing.T, r *visitor) {
	t.Helper()
	if !strings.Contains(s.metrics(t), "\nportal_job_watch_unsound 1\n") {
		t.Error("metrics do not tell that something is missing")
	}
	for _, lang := range i18n.Langs {
		l := speak(t, lang)
		a := r.see(t, l.path(paths.WatchQuality), l.say("watches.quality.broken_title"), l.say("watches.quality.day_broken"))
		if strings.Contains(a.body, l.say("watches.quality.sound_title")) {
			t.Errorf("%s: the page says both", lang)
		}
		for _, fault := range a.page(t).Faults(string(lang)) {
			t.Errorf("%s: %s", lang, fault)
		}
		if figures := figuresIn(t, a.page(t).Body(), l); figures["missing"] == 0 {
			t.Errorf("%s: the page tells of nothing missing: %v", lang, figures)
		}
	}
}

// metrics are those of the portal.
func (s *site) metrics(t *testing.T) string {
	t.Helper()
	for _, variable := range s.env {
		addr, ok := strings.CutPrefix(variable, "METRICS_ADDR=")
		if !ok {
			continue
		}
		res, err := http.Get("http://" + addr + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	t.Fatal("the portal has no metrics")
	return ""
}

// figuresIn reads the figures of the quality page by their labels.
func figuresIn(t *testing.T, body string, l tongue) map[string]int {
	t.Helper()
	figures := map[string]int{}
	for _, name := range []string{"watches", "matched", "sent", "pending", "skipped", "missing"} {
		label := l.say("watches.quality." + name)
		m := regexp.MustCompile(regexp.QuoteMeta(label) + ` ?(\d[\d\x{a0}]*)`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("the page does not tell %q: %s", label, fmt.Sprintf("%.900s", body))
		}
		figures[name], _ = strconv.Atoi(strings.ReplaceAll(m[1], "\u00a0", ""))
	}
	return figures
}
