package postings

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/richtext"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/ui"
)

// posting is the page of an open posting.
type posting struct {
	id       int64
	title    ui.Text
	employer string
	places   string
	deadline string
	soon     bool
	isNew    bool
	// foreign is the language that the posting is in when it is not the page's.
	foreign string

	published, changed time.Time
	expires            time.Time
	groups             []factGroup
	summary            ui.Text
	description        rich
	marketing          rich
	apply              application
	contacts           []contact
	about              []fact
	occupations        []ui.Text
	skills             []ui.Text
	// codes are the concepts without a name.
	codes []ui.Text
	links []ui.Text
	// sister tells that the posting has a text in the other language of the
	// pages; others are its texts in languages that no page is in.
	sister    bool
	others    []translation
	languages string

	similar    []ui.Card
	more       string
	watch      string
	address    string
	share      string
	externalID string
	structured structured
}

// rich is a running text: safe HTML and its language, "" for the page's.
type rich struct{ HTML, Lang string }

// translation is what a posting says in a language that no page is in.
type translation struct {
	Lang, Name, Title      string
	Summary                string
	Description, Marketing rich
	Facts                  []fact
	Apply                  rich
	ApplyAt                ui.Text
}

// closedPosting is the page of a posting that was open once.
type closedPosting struct {
	title    ui.Text
	employer string
	similar  []ui.Card
	more     string
	watch    string
}

func (p *Pages) showPosting(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	param := chi.URLParam(r, "id")
	id, err := strconv.ParseInt(param, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != param {
		return fmt.Errorf("posting address: %w", fault.ErrNotFound)
	}
	post, err := jobposting.ByID(ctx, p.DB, id)
	if err != nil {
		return err
	}
	now := p.Now()
	if post.Status == jobposting.StatusScheduled {
		return fmt.Errorf("posting %d is not public yet: %w", id, fault.ErrNotFound)
	}
	similar, more, err := p.similar(ctx, &post)
	if err != nil {
		return err
	}
	if !isOpen(&post, now) {
		title, _ := said(ctx, post.Content.Title)
		w.Header().Set("Cache-Control", "no-store")
		return respond.Page(w, r, http.StatusGone, closedPage(closedPosting{
			title: title, employer: employer(ctx, &post.Content), similar: similar, more: more,
			watch: p.watchForLike(i18n.LangOf(ctx), &post.Content),
		}))
	}
	return respond.Page(w, r, http.StatusOK, postingPage(p.posting(ctx, &post, similar, more, now)))
}

// isOpen also knows of deadlines that passed a moment ago, before the posting
// was closed for it.
func isOpen(post *jobposting.Posting, now time.Time) bool {
	return post.Status == jobposting.StatusOpen && (post.ExpiresAt.IsZero() || post.ExpiresAt.After(now))
}

func (p *Pages) posting(ctx context.Context, post *jobposting.Posting, similar []ui.Card, more string, now time.Time) posting {
	c := &post.Content
	lang := i18n.LangOf(ctx)
	title, _ := said(ctx, c.Title)
	if title.Text == "" {
		title = ui.Plain(i18n.T(ctx, "postings.untitled"))
	}
	v := posting{
		id: post.ID, title: title, employer: employer(ctx, c), foreign: title.Lang,
		places:    strings.Join(placeNames(ctx, c), ", "),
		deadline:  deadline(ctx, now, post.ExpiresAt),
		soon:      closesSoon(now, post.ExpiresAt),
		isNew:     isNew(now, post.PublishedAt),
		published: post.PublishedAt, expires: post.ExpiresAt,
		groups:    facts(ctx, post),
		apply:     howToApply(ctx, c),
		contacts:  contacts(post.People.Contacts),
		about:     aboutFacts(ctx, c, post.People.Household),
		links:     furtherLinks(c),
		sister:    title.Lang == "" && c.Title[string(lang.Other())] != "",
		others:    translations(ctx, c),
		languages: languageList(ctx, c.Languages),
		similar:   similar, more: more, watch: p.watchForLike(lang, c),
		address:    p.PublicURL + paths.Job(lang, post.ID),
		externalID: post.ExternalID,
	}
	if post.ModifiedAt.After(post.PublishedAt) {
		v.changed = post.ModifiedAt
	}
	v.summary, _ = said(ctx, c.Summary)
	v.description = running(ctx, c.Description, c.Markdown)
	v.marketing = running(ctx, c.Marketing, c.Markdown)
	for _, concept := range c.Occupations {
		v.occupations, v.codes = p.sorted(ctx, concept, v.occupations, v.codes)
	}
	for _, concept := range c.Skills {
		v.skills, v.codes = p.sorted(ctx, concept, v.skills, v.codes)
	}
	v.share = shareByMail(title.Text, v.employer, v.address)
	v.structured = p.structure(ctx, post, v.description.HTML)
	return v
}

// running renders a text of the posting in the language of the page, where it
// has one.
func running(ctx context.Context, l jobposting.Localised, markdown bool) rich {
	text, ok := said(ctx, l)
	if !ok {
		return rich{}
	}
	return rich{richtext.HTML(text.Text, markdown), text.Lang}
}

func placeNames(ctx context.Context, c *jobposting.Content) []string {
	names := places(ctx, c)
	if c.Flexible {
		names = append(names, i18n.T(ctx, "postings.flexible"))
	}
	return names
}

// sorted adds a concept to those with a name or to those of which only the
// address is known.
func (p *Pages) sorted(ctx context.Context, concept string, named, codes []ui.Text) (withNames, withoutNames []ui.Text) {
	name, known := p.conceptName(ctx, concept)
	t := ui.Plain(name)
	t.Href, _ = webAddress(concept)
	if !known {
		return named, append(codes, t)
	}
	if code := p.iscoCode(concept); code != "" {
		t.Text += " (ISCO " + code + ")"
		if _, ok := reference.OccupationByCode(code); ok {
			// More of the same occupation tells a job seeker more than a
			// definition does.
			t.Href = state{lang: i18n.LangOf(ctx)}.with(string(search.FacetOccupation), code).path()
		}
	}
	return append(named, t), codes
}

// Render writes the text, which richtext has made safe.
func (r rich) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, r.HTML)
	return err
}

// langOf marks a part that is not in the language of the page.
func langOf(lang string) templ.Attributes {
	if lang == "" {
		return nil
	}
	return templ.Attributes{"lang": lang}
}

func labelled(ctx context.Context, facts []fact) []ui.Fact {
	out := make([]ui.Fact, len(facts))
	for i, f := range facts {
		out[i] = ui.Fact{Label: i18n.T(ctx, f.Label), Values: f.Values}
	}
	return out
}

// metaDescription is what a search engine shows under the title.
func (v posting) metaDescription(ctx context.Context) string {
	parts := []string{v.employer}
	if v.places != "" {
		parts = append(parts, v.places)
	}
	return strings.Join(append(parts, v.metaDeadline(ctx)), " · ")
}

func (v posting) metaDeadline(ctx context.Context) string {
	if v.expires.IsZero() {
		return i18n.T(ctx, "postings.deadline.none")
	}
	return i18n.TData(ctx, "postings.deadline.on", map[string]any{"At": i18n.UntilDateTime(ctx, v.expires)})
}
