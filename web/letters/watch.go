package letters

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// watchLetter is what both parts of a job watch's mail say.
type watchLetter struct {
	Subject  string
	Postings []watchPosting
	// More tells how many postings the mail has no room for, "" for none.
	More        string
	Words       []string
	Until       string
	Manage, End string
}

type watchPosting struct {
	ui.Card

	Changed bool
}

// maxPostings is how many postings a mail lists. What is beyond stands on the
// watch's own page, and the mail says how many that are.
const maxPostings = 100

// digest writes a mail of a job watch.
func (w Writer) digest(ctx context.Context, m mail.Message) (mail.Rendered, error) {
	d, err := w.Watch(ctx, m)
	if err != nil {
		return mail.Rendered{}, fmt.Errorf("write a job watch's mail: %w", err)
	}
	ctx = i18n.With(ctx, w.Catalogue, m.Lang)
	l := watchLetter{
		Subject: i18n.TCount(ctx, "letters.watch_digest.subject", len(d.Items)),
		Words:   w.words(ctx, d.Criteria),
		Until:   i18n.TData(ctx, "letters.watch_digest.until", map[string]any{"Date": i18n.DateTime(ctx, d.EndsAt)}),
		Manage:  w.Origin + d.ManagePath, End: w.Origin + d.EndPath,
	}
	for i, item := range d.Items {
		if i == maxPostings {
			l.More = i18n.TCount(ctx, "letters.watch_digest.more", len(d.Items)-i)
			break
		}
		card := w.Card(ctx, item.Card)
		card.Href = w.Origin + paths.Job(m.Lang, item.ID)
		card.Title.Text = oneLine(card.Title.Text)
		l.Postings = append(l.Postings, watchPosting{card, item.Changed})
	}
	var html bytes.Buffer
	if err := watchPage(l).Render(ctx, &html); err != nil {
		return mail.Rendered{}, fmt.Errorf("render a job watch's mail: %w", err)
	}
	return mail.Rendered{Subject: l.Subject, Text: l.text(ctx), HTML: html.String(), Unsubscribe: l.End}, nil
}

// words says the criteria of a watch in words.
func (w Writer) words(ctx context.Context, c search.Criteria) []string {
	var all []string
	v := c.Values()
	for _, name := range []string{
		"q", "occupation", "municipality", "region", "country", "flexible_location", "continuity", "working_time",
		"employment", "work_language", "posting_language", "employer",
	} {
		for _, value := range v[name] {
			all = append(all, oneLine(w.Label(ctx, name, value)))
		}
	}
	return all
}

// lines are what is told of a posting below its title.
func (p watchPosting) lines() []string {
	var all []string
	for _, line := range p.Lines {
		if text := oneLine(line.Text); text != "" {
			all = append(all, text)
		}
	}
	if p.Deadline != "" {
		all = append(all, p.Deadline)
	}
	return all
}

func (l watchLetter) text(ctx context.Context) string {
	all := []string{l.Subject}
	for _, p := range l.Postings {
		lines := []string{p.Title.Text}
		if p.Changed {
			lines = append(lines, i18n.T(ctx, "letters.watch_digest.changed"))
		}
		all = append(all, strings.Join(append(append(lines, p.lines()...), p.Href), "\n"))
	}
	if l.More != "" {
		all = append(all, l.More)
	}
	all = append(all, i18n.T(ctx, "letters.watch_digest.why")+"\n- "+strings.Join(l.Words, "\n- "), l.Until,
		i18n.T(ctx, "letters.watch_digest.manage")+":\n"+l.Manage, i18n.T(ctx, "letters.watch_digest.end")+":\n"+l.End,
		"-- \n"+i18n.T(ctx, "letters.footer")+"\n"+i18n.T(ctx, "letters.no_reply"))
	return strings.Join(all, "\n\n") + "\n"
}
