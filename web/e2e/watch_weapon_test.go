package e2e_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// spelling is the n-th way to write the mailbox of "mielivaltainen.uhri" at
// Gmail, the worst of all for who counts mailboxes by their addresses.
func spelling(n int) string {
	const letters = "mielivaltainenuhri"
	local := []byte(letters[:1])
	for i := 1; i < len(letters); i++ {
		if n>>(i%11)&1 == 1 {
			local = append(local, '.')
		}
		local = append(local, letters[i])
	}
	text := string(local)
	switch n % 4 {
	case 0:
		text += fmt.Sprintf("+%d", n)
	case 1:
		text = strings.ToUpper(text)
	case 2:
		text += "+a+b"
	}
	return text + []string{"@gmail.com", "@GMAIL.com", "@googlemail.com", "@Gmail.Com"}[n/4%4]
}

// harass orders n watches for one mailbox, however written, each from another
// network and with a form of its own, and fails unless every answer is the same.
func (s *site) harass(t *testing.T, n int) {
	t.Helper()
	orders := make(chan int)
	said := make(chan string, n)
	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for i := range orders {
				a, err := s.visitor(from(i)).ordersOnce(t.Context(), spelling(i))
				if err != nil {
					said <- err.Error()
					continue
				}
				said <- a.said()
			}
		})
	}
	for i := range n {
		orders <- i
	}
	close(orders)
	working.Wait()
	close(said)
	answers := map[string]int{}
	for text := range said {
		answers[text]++
	}
	if len(answers) != 1 {
		t.Errorf("the answers are %v, want the same %d times", answers, n)
	}
	for text := range answers {
		if !strings.HasPrefix(text, "303 "+paths.WatchOrdered.Fi+" ") {
			t.Errorf("the answer is %q", text)
		}
	}
}

// said is all of an answer that a stranger could tell it by.
func (a *answer) said() string {
	return fmt.Sprintf("%d %s %v %x", a.status, a.location(), slices.Sorted(maps.Keys(a.header)), sha256.Sum256([]byte(a.body)))
}

// ordersOnce gets the form and sends it, again while the portal is busy.
func (v *visitor) ordersOnce(ctx context.Context, address string) (*answer, error) {
	fields, err := v.orderForm(ctx, address)
	if err != nil {
		return nil, err
	}
	for {
		a, err := v.post(ctx, paths.Watch.Fi, fields, "X-Forwarded-For", v.key)
		if err != nil || a.status != http.StatusServiceUnavailable {
			return a, err
		}
		if err := pause(ctx, a); err != nil {
			return nil, err
		}
	}
}

// orderForm fetches the order form of a search and fills it in.
func (v *visitor) orderForm(ctx context.Context, address string) (url.Values, error) {
	for {
		a, err := v.get(ctx, paths.Watch.Fi+"?q=hoitaja")
		if err != nil {
			return nil, err
		}
		if fields, ok := formOf(a.body, paths.Watch.Fi); ok {
			for name, value := range map[string]string{"email": address, "rhythm": "daily", "language": "fi", "terms": "yes"} {
				fields.Set(name, value)
			}
			return fields, nil
		}
		if a.status != http.StatusServiceUnavailable {
			return nil, fmt.Errorf("no form to order: %s", a)
		}
		if err := pause(ctx, a); err != nil {
			return nil, err
		}
	}
}

// TestJobWatchIsNoWeapon orders 1,000 watches for one mailbox; make drill orders
// 10,000. It gets one mail in 24 hours, nobody learns from the time of an answer
// who has a watch, and when nobody confirms, all is forgotten. A watch in force
// ends in its time, warned and renewed.
func TestJobWatchIsNoWeapon(t *testing.T) {
	t.Parallel()

	s := newWatching(t)
	t.Cleanup(s.stop)
	w := s.subscriber(t, i18n.Swedish, everyday, "Aikaa.Myoten@Ajallaan.example", url.Values{"rhythm": {"weekly"}})
	known := s.subscriber(t, i18n.Finnish, everyday, "tuttu@arvoitus.example", nil).address
	s.isNoWeapon(t, 1000)
	s.tellsNothing(t, known, 100)
	s.endsInTime(t, w)
	s.forgets(t, "mielivaltainenuhri@gmail.com", "m.ielivaltainenuhri@gmail.com", w.address)
	s.isSound(t)
}

// isNoWeapon harasses a mailbox with n orders, and once more just before a day
// has passed.
func (s *site) isNoWeapon(t *testing.T, n int) {
	t.Helper()
	got := func() int {
		return len(s.mails(t, "@gmail.com")) + len(s.mails(t, "@googlemail.com"))
	}
	started := time.Now()
	s.harass(t, n)
	t.Logf("%d orders in %s", n, time.Since(started).Round(time.Second))
	eventually(t, "the mailbox gets a mail", func() bool { return got() > 0 })
	if kept := s.number(t, `SELECT count(*) FROM job_watch WHERE state = 'pending'`); kept > 3 {
		t.Errorf("%d orders of one mailbox are kept", kept)
	}
	s.move(t, 23*time.Hour+55*time.Minute)
	s.harass(t, 10)
	s.work(t, "job_watch.confirmations")
	s.work(t, "mail.send")
	if got() != 1 {
		t.Errorf("%d mails in 24 hours, want 1", got())
	}
}

// endsInTime has a watch live its three months, be renewed once, and end. What
// was never confirmed has gone before.
func (s *site) endsInTime(t *testing.T, w *watcher) {
	t.Helper()
	const day = 24 * time.Hour
	sv := speak(t, i18n.Swedish)
	s.move(t, 86*day)
	s.work(t, "job_watch.expire")
	if kept := s.number(t, `SELECT count(*) FROM job_watch WHERE state = 'pending'`); kept != 0 {
		t.Errorf("%d orders are kept that were never confirmed", kept)
	}
	w.see(t, pathOf(t, linkIn(t, s.mailed(t, w.address, sv.say("letters.watch_ends.subject")))))
	if a := w.send(t, w.own, url.Values{"act": {"renew"}}); a.status != http.StatusSeeOther {
		t.Errorf("renewal: %s", a)
	}
	s.move(t, (86+88)*day)
	w.see(t, w.own, sv.say("watches.own.title"))
	s.move(t, (86+93)*day)
	s.work(t, "job_watch.expire")
	if a := w.open(t, w.own); a.status != http.StatusNotFound {
		t.Errorf("after its end: %s", a)
	}
}

// tellsNothing orders watches in pairs, one for an address that has a watch and
// as many orders as it may have, one for an address that nobody knows, in an
// order that chance decides. If the answers take the same time, each difference
// of a pair is as likely to have the other sign: the test counts how often random
// signs give a sum of ranks as far off. However busy the machine is, it fails by
// chance once in 100,000 runs.
func (s *site) tellsNothing(t *testing.T, known string, pairs int) {
	t.Helper()
	const permutations, least = 400_000, 1e-5
	answers := map[string]bool{}
	for i := range 3 {
		a, err := s.visitor(from(1000+i)).ordersOnce(t.Context(), known)
		if err != nil {
			t.Fatal(err)
		}
		answers[a.said()] = true
	}
	var differences []float64
	for i := range pairs {
		var took [2]time.Duration
		to := [2]string{known, fmt.Sprintf("tyhja%04d@arvoitus.example", i)}
		first := rand.IntN(2)
		busy := false
		for _, which := range []int{first, 1 - first} {
			n := 2000 + 2*i + which
			v := s.visitor(from(n))
			fields, err := v.orderForm(t.Context(), to[which])
			if err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			a, err := v.post(t.Context(), paths.Watch.Fi, fields, "X-Forwarded-For", v.key)
			took[which] = time.Since(started)
			if err != nil {
				t.Fatal(err)
			}
			if busy = busy || a.status == http.StatusServiceUnavailable; !busy {
				answers[a.said()] = true
			}
		}
		if !busy {
			differences = append(differences, float64(took[0]-took[1]))
		}
	}
	if len(answers) != 1 || len(differences) < pairs/2 {
		t.Errorf("%d pairs, answers: %v", len(differences), answers)
	}
	p, median := signedRanks(differences, permutations)
	t.Logf("%d pairs: known - unknown has the median %s, p = %.5f", len(differences), time.Duration(median), p)
	if p < least {
		t.Errorf("the time tells whether an address is known: median difference %s, p = %g", time.Duration(median), p)
	}
}

// signedRanks is Wilcoxon's test for paired values, by permutation: the share of
// random signs whose sum of ranks is at least as far from none.
func signedRanks(differences []float64, permutations int) (p, median float64) {
	byValue := slices.Sorted(slices.Values(differences))
	bySize := slices.Clone(differences)
	slices.SortFunc(bySize, func(a, b float64) int { return int(max(a, -a) - max(b, -b)) })
	sum := 0
	for i, d := range bySize {
		if d > 0 {
			sum += i + 1
		} else {
			sum -= i + 1
		}
	}
	asFar := 1
	for range permutations {
		s := 0
		var signs uint64
		for i := range bySize {
			if i%64 == 0 {
				signs = rand.Uint64()
			}
			if signs&1 == 1 {
				s += i + 1
			} else {
				s -= i + 1
			}
			signs >>= 1
		}
		if max(s, -s) >= max(sum, -sum) {
			asFar++
		}
	}
	return float64(asFar) / float64(permutations+1), byValue[len(byValue)/2]
}
