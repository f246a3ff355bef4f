//go:build drill

package e2e_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// applicant is a representative who sends applications, whatever happens to the
// portal meanwhile.
type applicant struct {
	*visitor

	businessID string
	// acknowledged are the submissions that the portal has said it has.
	acknowledged []string
	again        int // forms sent once more since no answer came
	changes      int
}

// TestDrillKillsDuringApplications kills the portal at random points while
// representatives join, change, leave and join again: what was acknowledged is
// there, exactly once and whole, and the audit log fits.
func TestDrillKillsDuringApplications(t *testing.T) {
	const kills = 60

	s := newSite(t, 5)
	t.Cleanup(s.stop)
	var applicants []*applicant
	for person, organisation := range map[string]string{
		"aino": "koivutyo", "twin": "kaksoisura", "oneill": "oneill", "ayramo": "ayramo", "ng": "bjorkvik", "long": "long", "elder": "saatio", "association": "yhdistys",
	} {
		v := s.visitor(person).logIn(t).actFor(t, organisation)
		s.has(t, v.apply(t, "alku"), "approved")
		applicants = append(applicants, &applicant{visitor: v, businessID: world.Default().Organisation(organisation).BusinessID})
	}
	ctx, cancel := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	var broken atomic.Int64
	for _, a := range applicants {
		sending.Go(func() {
			for ctx.Err() == nil {
				if err := a.round(ctx); err != nil && ctx.Err() == nil {
					broken.Add(1)
					t.Errorf("%s: %v", a.key, err)
					return
				}
			}
		})
	}
	for range kills {
		time.Sleep(time.Duration(200+rand.IntN(700)) * time.Millisecond)
		s.revive(t)
	}
	cancel()
	sending.Wait()
	s.count(t, applicants, kills)
}

// revive kills the portal and starts it again.
func (s *site) revive(t *testing.T) {
	t.Helper()
	portal := s.processes[len(s.processes)-1]
	s.processes = s.processes[:len(s.processes)-1]
	_ = portal.Process.Signal(syscall.SIGKILL)
	_ = portal.Wait()
	s.serve(t)
	eventually(t, "the portal is ready again", s.ready)
}

// count holds the database to what the applicants were told.
func (s *site) count(t *testing.T, applicants []*applicant, kills int) {
	t.Helper()
	acknowledged, again := 0, 0
	for _, a := range applicants {
		acknowledged += len(a.acknowledged)
		again += a.again
		for _, submission := range a.acknowledged {
			rows := s.number(t, fmt.Sprintf(`SELECT (SELECT count(*) FROM application WHERE business_id = '%[1]s' AND submission = '%[2]s')
				+ (SELECT count(*) FROM partner_departure WHERE business_id = '%[1]s' AND submission = '%[2]s')`, a.businessID, submission))
			if rows != 1 {
				t.Errorf("%s was told that %s is in, and it is there %d times", a.key, submission, rows)
			}
		}
	}
	total := s.number(t, `SELECT count(*) FROM application`)
	t.Logf("%d kills; %d applications and %d departures in the database, %d acknowledged, %d forms sent once more",
		kills, total, s.number(t, `SELECT count(*) FROM partner_departure`), acknowledged, again)
	if acknowledged < kills {
		t.Errorf("only %d forms were acknowledged", acknowledged)
	}
	for what, query := range map[string]string{
		"applications without exactly one first revision":           `SELECT count(*) FROM application AS a WHERE (SELECT count(*) FROM application_revision AS r WHERE r.application_id = a.id AND r.number = 1) <> 1`,
		"applications without exactly one audit event of their own": `SELECT count(*) FROM application AS a WHERE (SELECT count(*) FROM audit_event AS e WHERE e.subject_kind = 'application' AND e.subject_id = a.id::text AND e.action = 'application.submitted') <> 1`,
		"audit events of applications that are not there":           `SELECT count(*) FROM audit_event AS e WHERE e.subject_kind = 'application' AND NOT EXISTS (SELECT FROM application AS a WHERE a.id::text = e.subject_id)`,
		"approved applications to join without a partner":           `SELECT count(*) FROM application AS a WHERE a.kind = 'join' AND a.status = 'approved' AND (SELECT count(*) FROM partner AS p WHERE p.application_id = a.id OR p.business_id = a.business_id) = 0`,
		"departures without exactly one left partner":               `SELECT count(*) FROM partner_departure AS d WHERE (SELECT count(*) FROM partner AS p WHERE p.id = d.partner_id AND p.status = 'left') <> 1`,
		"partners that have left without a departure":               `SELECT count(*) FROM partner AS p WHERE p.status = 'left' AND NOT EXISTS (SELECT FROM partner_departure AS d WHERE d.partner_id = p.id)`,
		"applications without a mail":                               `SELECT count(*) FROM application AS a WHERE a.kind = 'join' AND NOT EXISTS (SELECT FROM mail_outbox AS m WHERE m.key LIKE '%' || a.id || '%')`,
	} {
		if n := s.number(t, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	t.Logf("audit verify: %s", strings.TrimSpace(s.portal(t, "audit", "verify")))
}

// round changes the service areas, or leaves and joins again.
func (a *applicant) round(ctx context.Context) error {
	if rand.IntN(3) > 0 {
		// Each time others than before: a change that changes nothing makes no
		// application.
		areas := []string{"training", "job_search", "youth", "competence", "recruitment"}
		a.changes++
		return a.insist(ctx, desk+"/muuta/palvelualueet", url.Values{"service_areas": {areas[a.changes%5], areas[(a.changes+1)%5]}, "checked": {"yes"}})
	}
	if err := a.insist(ctx, desk+"/lahteminen", url.Values{"understood": {"yes"}}); err != nil {
		return err
	}
	for _, part := range details("jatko") {
		if err := a.persist(ctx, "/fi/liity/hakemus/"+part.part, part.form); err != nil {
			return err
		}
	}
	if err := a.insist(ctx, checkPage, nil); err != nil {
		return err
	}
	return a.awaitDesk(ctx)
}

// awaitDesk waits until the application is approved.
func (a *applicant) awaitDesk(ctx context.Context) error {
	for range 600 {
		if err := a.fetch(ctx, desk); err != nil {
			return err
		}
		if a.at.status == http.StatusOK {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the desk does not open: %s", a.at)
}

// insist is persist for a form that is a submission of its own: the portal's
// answer acknowledges it.
func (a *applicant) insist(ctx context.Context, path string, changes url.Values) error {
	fields, err := a.ask(ctx, path)
	if err != nil {
		return err
	}
	maps.Copy(fields, changes)
	submission, err := submissionOf(fields)
	if err != nil {
		return err
	}
	sent, err := a.deliver(ctx, path, fields)
	if err != nil {
		return err
	}
	if sent {
		a.acknowledged = append(a.acknowledged, submission)
	}
	return nil
}

// persist sends the form at path, as often as it takes.
func (a *applicant) persist(ctx context.Context, path string, changes url.Values) error {
	fields, err := a.ask(ctx, path)
	if err != nil {
		return err
	}
	maps.Copy(fields, changes)
	_, err = a.deliver(ctx, path, fields)
	return err
}

func (a *applicant) ask(ctx context.Context, path string) (url.Values, error) {
	if err := a.fetch(ctx, path); err != nil {
		return nil, err
	}
	fields, ok := formOf(a.at.body, path)
	if !ok {
		return nil, fmt.Errorf("no form: %s", a.at)
	}
	return fields, nil
}

// fetch opens a page, as often as it takes.
func (a *applicant) fetch(ctx context.Context, path string) error {
	return a.until(ctx, func() error {
		_, err := a.get(ctx, path)
		return err
	})
}

// deliver sends a form until the portal answers; it reports whether it was taken.
func (a *applicant) deliver(ctx context.Context, path string, fields url.Values) (bool, error) {
	a.again--
	err := a.until(ctx, func() error {
		a.again++
		_, err := a.post(ctx, path, fields)
		return err
	})
	if err == nil && a.at.status != http.StatusSeeOther {
		err = fmt.Errorf("not taken: %s", a.at)
	}
	return err == nil, err
}

func (a *applicant) until(ctx context.Context, try func() error) error {
	for {
		a.met = nil
		err := try()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && a.at.status < http.StatusInternalServerError {
			return nil
		}
		if err != nil && errors.Is(err, context.Canceled) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// submissionOf is the ID of the form's token: what the portal knows the
// submission by.
func submissionOf(fields url.Values) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(fields.Get("form_token"))
	if err != nil || len(b) < 16 {
		return "", fmt.Errorf("no token in %v: %w", fields, err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:16]), nil
}
