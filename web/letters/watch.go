package letters

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
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
	When        string
	Until       string
	Manage, End string
}

type watchPosting struct {
	ui.Card

	Changed bool
	// Why are the criteria that the posting meets, where it need not meet all of
	// them; About leads to what the watch has to do with it.
	Why   []string
	About string
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
		Words:   w.inWords(ctx, jobwatch.CriteriaOf(d.Criteria)),
		When:    when(ctx, d.Subscription),
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
		l.Postings = append(l.Postings, watchPosting{
			Card: card, Changed: item.Changed, Why: w.inWords(ctx, item.Why),
			About: w.Origin + paths.Fill(paths.WatchPosting, m.Lang, d.Token, strconv.FormatInt(item.ID, 10)),
		})
	}
	var html bytes.Buffer
	if err := watchPage(l).Render(ctx, &html); err != nil {
		return mail.Rendered{}, fmt.Errorf("render a job watch's mail: %w", err)
	}
	return mail.Rendered{Subject: l.Subject, Text: l.text(ctx), HTML: html.String(), Unsubscribe: l.End}, nil
}

// inWords says criteria in words.
func (w Writer) inWords(ctx context.Context, criteria []jobwatch.Criterion) []string {
	var all []string
	for _, c := range criteria {
		all = append(all, oneLine(w.Label(ctx, c.Name, c.Value)))
	}
	return all
}

// when says how often mails come.
func when(ctx context.Context, s jobwatch.Subscription) string {
	switch s.Schedule.Rhythm {
	case jobwatch.AtOnce:
		return i18n.TCount(ctx, "watches.when.at_once", s.Schedule.Cap)
	case jobwatch.Weekly:
		return i18n.TData(ctx, "watches.when.weekly", map[string]any{"Weekday": i18n.T(ctx, "watches.weekday."+strconv.Itoa(int(s.Weekday)))})
	case jobwatch.Daily:
	}
	return i18n.T(ctx, "watches.when.daily")
}

// why says which criteria a posting meets, "" when it meets all.
func (p watchPosting) why(ctx context.Context) string {
	if len(p.Why) == 0 {
		return ""
	}
	return i18n.TData(ctx, "letters.watch_digest.matches", map[string]any{"Criteria": strings.Join(p.Why, ", ")})
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
		lines = append(lines, p.lines()...)
		if why := p.why(ctx); why != "" {
			lines = append(lines, why)
		}
		all = append(all, strings.Join(append(lines, p.Href, i18n.T(ctx, "letters.watch_digest.about")+" "+p.About), "\n"))
	}
	if l.More != "" {
		all = append(all, l.More)
	}
	all = append(all, i18n.T(ctx, "letters.watch_digest.why")+"\n- "+strings.Join(l.Words, "\n- "), l.When+".", l.Until,
		i18n.T(ctx, "letters.watch_digest.manage")+":\n"+l.Manage, i18n.T(ctx, "letters.watch_digest.end")+":\n"+l.End,
		"-- \n"+i18n.T(ctx, "letters.footer")+"\n"+i18n.T(ctx, "letters.no_reply"))
	return strings.Join(all, "\n\n") + "\n"
}
