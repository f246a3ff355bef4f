package letters_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/letters"
	"tyomarkkinatori.fi/portal/web/ui"
)

// watchWriter writes mails of a job watch with n postings.
func watchWriter(t *testing.T, n int) letters.Writer {
	t.Helper()
	w := writer(t)
	w.Watch = func(_ context.Context, m mail.Message) (jobwatch.Digest, error) {
		d := jobwatch.Digest{ManagePath: "/" + string(m.Lang) + "/oma/abcd", EndPath: "/" + string(m.Lang) + "/loppu/efgh"}
		d.Criteria = search.Criteria{Query: "kokki", Municipalities: []string{"091"}}
		d.EndsAt = time.Date(2026, time.June, 2, 12, 0, 0, 0, i18n.Helsinki)
		for i := range n {
			c := jobposting.Card{ID: int64(i + 1), CardContent: jobposting.CardContent{Title: jobposting.Localised{"fi": fmt.Sprintf("Kokki <%d>\n\nHei", i)}}}
			d.Items = append(d.Items, jobwatch.Item{Card: c, Changed: i == 1})
		}
		return d, nil
	}
	w.Card = func(_ context.Context, c jobposting.Card) ui.Card {
		return ui.Card{Title: ui.Text{Text: c.Title["fi"], Lang: "fi"}, Lines: []ui.Text{ui.Plain("Ravintola & Kahvila"), ui.Plain("Helsinki")}, Deadline: "16.3. asti"}
	}
	w.Label = func(_ context.Context, name, value string) string { return name + ": " + value }
	return w
}

func TestAWatchsMailSaysTheSameTwice(t *testing.T) {
	t.Parallel()

	w := watchWriter(t, 3)
	for _, lang := range i18n.Langs {
		r, err := w.Render(t.Context(), mail.Message{Kind: jobwatch.KindDigest, Lang: lang, Key: "jobwatch:mail:1"})
		if err != nil {
			t.Fatal(err)
		}
		if want := "https://portal.example/" + string(lang) + "/loppu/efgh"; r.Unsubscribe != want {
			t.Errorf("%s: unsubscribe at %q", lang, r.Unsubscribe)
		}
		if strings.Contains(r.Text, "letters.") || strings.Contains(r.Text, "\n\nHei") || !strings.Contains(r.Text, "municipality: 091") || !strings.Contains(r.Text, "2.6.2026") {
			t.Errorf("%s:\n%s", lang, r.Text)
		}
		text := strings.Join(strings.Fields(r.Text), " ")
		page := htmltest.Parse(t, strings.NewReader(r.HTML))
		for _, n := range page.All(func(n *html.Node) bool { return n.Type == html.TextNode }) {
			if n.Parent.Data != "style" && n.Parent.Data != "title" {
				if words := strings.Join(strings.Fields(n.Data), " "); !strings.Contains(text, words) {
					t.Errorf("%s: only the HTML part says %q", lang, words)
				}
			}
		}
		if got := len(page.Elements("h2")); got != 3 {
			t.Errorf("%s: %d headings", lang, got)
		}
	}
}

func TestAWatchsMailTellsWhatItLeavesOut(t *testing.T) {
	t.Parallel()

	r, err := watchWriter(t, 130).Render(t.Context(), mail.Message{Kind: jobwatch.KindDigest, Lang: i18n.Finnish})
	if err != nil || !strings.Contains(r.Subject, "130") || !strings.Contains(r.Text, "Lisäksi 30 ") {
		t.Errorf("%q: %v", r.Subject, err)
	}
}

func TestAWatchWithNothingToTellIsDropped(t *testing.T) {
	t.Parallel()

	w := watchWriter(t, 0)
	w.Watch = func(context.Context, mail.Message) (jobwatch.Digest, error) {
		return jobwatch.Digest{}, mail.ErrDropped
	}
	if _, err := w.Render(t.Context(), mail.Message{Kind: jobwatch.KindDigest, Lang: i18n.Finnish}); !errors.Is(err, mail.ErrDropped) {
		t.Errorf("got %v", err)
	}
}
