// Package seekers plays a few job seekers who order job watches at the portal as
// people do: on its pages, with the mails that come. Their watches make the
// figures of a portal on a developer's machine worth a look.
package seekers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// Seekers is the town they live in.
type Seekers struct {
	// Portal is its origin.
	Portal string
	// File is where they note their watches, so that they order none twice.
	File string
	// Mails returns the texts of the mails that reached an address.
	Mails func(to string) []string
	// Open is how many postings the TE system has open, and Publish has it
	// publish more, for which the watches wait.
	Open    func() int
	Publish func(n int)
	// Pause is how long they wait before they look again.
	Pause time.Duration
}

// Watch is a job watch of one of them.
type Watch struct {
	Search  string `json:"search"`
	Address string `json:"address"`
	// Own is the path of its own page.
	Own string `json:"own"`
}

// wish is what one of them looks for.
type wish struct{ page, search, rhythm string }

// wishes are no more than the portal lets one household order in an hour.
func wishes() []wish {
	const fi, sv = "/fi/tyopaikkavahti", "/sv/platsvakt"
	return []wish{
		{fi, "q=kokki", "at_once"},
		{fi, "q=sairaanhoitaja&region=01", "at_once"},
		{fi, "q=siivooja&region=01", "at_once"},
		{sv, "q=l%C3%A4rare&region=01", "at_once"},
		{sv, "q=f%C3%B6rs%C3%A4ljare", "daily"},
	}
}

// published is how many postings are published for new watches to find.
const published = 150

// Settle waits until the portal shows the open postings, and has everybody order
// a watch who has none. It returns all their watches; an order that fails keeps
// nobody else from theirs.
func (s *Seekers) Settle(ctx context.Context) ([]Watch, error) {
	if err := s.wait(ctx, s.shown); err != nil {
		return nil, err
	}
	had, err := s.noted()
	if err != nil {
		return nil, err
	}
	var all []Watch
	var faults []error
	ordered := 0
	for _, w := range wishes() {
		watch, still := s.has(ctx, had, w)
		if !still {
			if watch, err = s.order(ctx, w); err != nil {
				faults = append(faults, fmt.Errorf("watch of %s: %w", w.search, err))
				continue
			}
			ordered++
		}
		all = append(all, watch)
		if err := s.note(all); err != nil {
			return all, err
		}
	}
	if ordered > 0 {
		s.Publish(published)
	}
	return all, errors.Join(faults...)
}

// has finds the watch of a wish among those that were noted, if it is still there.
func (s *Seekers) has(ctx context.Context, had []Watch, w wish) (Watch, bool) {
	for _, watch := range had {
		if watch.Search == w.search {
			a, err := s.get(ctx, watch.Own)
			return watch, err == nil && a.status == http.StatusOK
		}
	}
	return Watch{}, false
}

// order orders a watch and confirms it. The address is new each time: the portal
// sends one confirmation a day to an address.
func (s *Seekers) order(ctx context.Context, w wish) (Watch, error) {
	watch := Watch{Search: w.search, Address: "hakija-" + strings.ToLower(rand.Text()[:8]) + "@hakijat.example"}
	a, err := s.get(ctx, w.page+"?"+w.search)
	if err != nil {
		return watch, err
	}
	fields, err := a.form(w.page)
	if err != nil {
		return watch, err
	}
	for name, value := range map[string]string{"email": watch.Address, "rhythm": w.rhythm, "language": w.page[1:3], "terms": "yes"} {
		fields.Set(name, value)
	}
	if a, err = s.post(ctx, w.page, fields); err != nil {
		return watch, err
	}
	if a.status != http.StatusSeeOther {
		return watch, fmt.Errorf("the order answers %d", a.status)
	}
	var confirm string
	err = s.wait(ctx, func(context.Context) bool {
		for _, text := range s.Mails(watch.Address) {
			confirm, _ = strings.CutPrefix(link.FindString(text), s.Portal)
		}
		return confirm != ""
	})
	if err != nil {
		return watch, err
	}
	watch.Own, err = s.confirm(ctx, confirm)
	return watch, err
}

var link = regexp.MustCompile(`https?://\S+`)

func (s *Seekers) confirm(ctx context.Context, page string) (string, error) {
	a, err := s.get(ctx, page)
	if err != nil {
		return "", err
	}
	fields, err := a.form(page)
	if err != nil {
		return "", err
	}
	fields.Set("act", "confirm")
	if a, err = s.post(ctx, page, fields); err != nil {
		return "", err
	}
	if a.status != http.StatusSeeOther {
		return "", fmt.Errorf("the confirmation answers %d", a.status)
	}
	own, _, _ := strings.Cut(a.location, "?")
	return own, nil
}

var total = regexp.MustCompile(`totalResults[^>]*>\d+<`)

// shown tells whether the portal shows what the TE system has, but for the little
// that has just changed.
func (s *Seekers) shown(ctx context.Context) bool {
	a, err := s.get(ctx, "/fi/tyopaikat.atom?limit=1")
	if err != nil || a.status != http.StatusOK {
		return false
	}
	text := total.FindString(a.body)
	var n int
	_, err = fmt.Sscanf(text[strings.IndexByte(text, '>')+1:], "%d", &n)
	open := s.Open()
	return err == nil && open > 0 && n >= open-open/50-5
}

func (s *Seekers) wait(ctx context.Context, ready func(ctx context.Context) bool) error {
	for !ready(ctx) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the portal: %w", ctx.Err())
		case <-time.After(s.Pause):
		}
	}
	return nil
}

func (s *Seekers) noted() ([]Watch, error) {
	content, err := os.ReadFile(s.File)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the job watches: %w", err)
	}
	var all []Watch
	if err := json.Unmarshal(content, &all); err != nil {
		return nil, fmt.Errorf("decode the job watches: %w", err)
	}
	return all, nil
}

func (s *Seekers) note(all []Watch) error {
	content, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return fmt.Errorf("encode the job watches: %w", err)
	}
	if err := os.WriteFile(s.File, content, 0o600); err != nil {
		return fmt.Errorf("note the job watches: %w", err)
	}
	return nil
}

func (s *Seekers) get(ctx context.Context, path string) (answer, error) {
	return s.do(ctx, http.MethodGet, path, nil)
}

func (s *Seekers) post(ctx context.Context, path string, fields url.Values) (answer, error) {
	return s.do(ctx, http.MethodPost, path, fields)
}
