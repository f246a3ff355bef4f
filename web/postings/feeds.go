package postings

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

const atomType = "application/atom+xml"

// feedSize is how many postings a feed and a calendar hold.
const feedSize = 100

// matching returns the first postings that the address of r asks for, in the
// order by, with the state of the listing that shows the same.
func (p *Pages) matching(r *http.Request, by search.Sort) (state, found, []jobposting.Posting, error) {
	ctx := r.Context()
	s, _, err := readAddress(r)
	if err != nil {
		return s, found{}, nil, err
	}
	s = s.sorted(by)
	s.all, s.unplaced = "", ""
	result, err := p.search(ctx, s, feedSize, false)
	if err != nil {
		return s, result, nil, err
	}
	posts, err := jobposting.Open(ctx, p.DB, result.IDs)
	if err != nil {
		return s, result, nil, err
	}
	place := make(map[int64]int, len(result.IDs))
	for i, id := range result.IDs {
		place[id] = i
	}
	slices.SortFunc(posts, func(a, b jobposting.Posting) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return s, result, posts, nil
}

// title names a search in words: "sairaanhoitaja, Turku – Työpaikat".
func (p *Pages) title(ctx context.Context, s state) string {
	var parts []string
	if q := s.query(); q != "" {
		parts = append(parts, q)
	}
	for _, c := range p.chips(ctx, s) {
		parts = append(parts, c.Label)
	}
	if len(parts) == 0 {
		return i18n.T(ctx, "search.title")
	}
	return strings.Join(parts, ", ") + " – " + i18n.T(ctx, "search.title")
}

func (p *Pages) showFeed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, result, posts, err := p.matching(r, search.SortNewest)
	if err != nil {
		return p.refuse(w, r, s, err)
	}
	lang := i18n.LangOf(ctx)
	service := i18n.T(ctx, "ui.service")
	feed := atomFeed{
		Search: "http://a9.com/-/spec/opensearch/1.1/",
		Lang:   string(lang),
		ID:     p.PublicURL + s.criteriaPath(paths.JobFeed),
		Title:  p.title(ctx, s), Subtitle: countLine(ctx, result.Result),
		Author: atomAuthor{Name: service, URI: p.PublicURL + paths.To(ctx, paths.Front)},
		Total:  result.Total, PerPage: feedSize,
		Links: []atomLink{
			{"self", atomType, string(lang), p.PublicURL + s.criteriaPath(paths.JobFeed)},
			{"alternate", "text/html", string(lang), p.PublicURL + s.criteriaPath(paths.JobSearch)},
		},
	}
	// A feed without entries has not changed since the beginning.
	updated := time.Unix(0, 0)
	now := p.Now()
	for i := range posts {
		entry := p.entry(ctx, &posts[i], now)
		feed.Entries = append(feed.Entries, entry)
		if posts[i].ChangedAt.After(updated) {
			updated = posts[i].ChangedAt
		}
	}
	feed.Updated = machine(updated)
	return writeXML(w, atomType, feed)
}

func (p *Pages) entry(ctx context.Context, post *jobposting.Posting, now time.Time) atomEntry {
	title, _ := said(ctx, post.Content.Title)
	summary := []string{employer(ctx, &post.Content)}
	if where := strings.Join(places(ctx, &post.Content), ", "); where != "" {
		summary = append(summary, where)
	}
	// Words such as "tomorrow" would be wrong by the time that they are read.
	if at := post.ExpiresAt; at.After(now) {
		summary = append(summary, i18n.TData(ctx, "postings.deadline.on", map[string]any{"At": i18n.UntilDateTime(ctx, at)}))
	}
	if text := named(ctx, post.Content.Summary); text != "" {
		summary = append(summary, text)
	}
	e := atomEntry{
		ID:        tagURI(string(post.Source), post.ExternalID),
		Title:     atomText{title.Lang, title.Text},
		Updated:   machine(post.ChangedAt),
		Published: machine(post.PublishedAt),
		Author:    &atomAuthor{Name: employer(ctx, &post.Content)},
		Summary:   atomText{Text: strings.Join(summary, " · ")},
	}
	for _, lang := range i18n.Langs {
		rel := "alternate"
		if lang != i18n.LangOf(ctx) && post.Content.Title[string(lang)] == "" {
			continue
		}
		e.Links = append(e.Links, atomLink{rel, "text/html", string(lang), p.PublicURL + paths.Job(lang, post.ID)})
	}
	return e
}

func (p *Pages) showDeadlines(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, _, posts, err := p.matching(r, search.SortClosing)
	if err != nil {
		return p.refuse(w, r, s, err)
	}
	now := p.Now()
	var events []event
	for i := range posts {
		post := &posts[i]
		if !post.ExpiresAt.After(now) {
			continue
		}
		link := p.PublicURL + paths.Job(i18n.LangOf(ctx), post.ID)
		name := employer(ctx, &post.Content)
		events = append(events, event{
			UID:         tagURI(string(post.Source), post.ExternalID) + "/deadline",
			Summary:     i18n.TData(ctx, "postings.calendar.summary", map[string]any{"Title": named(ctx, post.Content.Title), "Employer": name}),
			Description: i18n.TData(ctx, "postings.calendar.description", map[string]any{"Employer": name, "Link": link}),
			URL:         link,
			Location:    strings.Join(places(ctx, &post.Content), ", "),
			At:          post.ExpiresAt, Stamp: post.ChangedAt,
		})
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+i18n.T(ctx, "postings.calendar.file")+`.ics"`)
	respond.Content(w, "text/calendar; charset=utf-8", []byte(calendar(p.title(ctx, s), string(i18n.LangOf(ctx)), events)))
	return nil
}
