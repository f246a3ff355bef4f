// Package paths holds the address of every page, in both languages, and makes
// links to them. No template writes an address by itself.
package paths

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Pair is one page's address in Finnish and in Swedish: a router pattern. Both
// have the same parameters in the same order.
type Pair struct{ Fi, Sv string }

// In returns the pattern in lang.
func (p Pair) In(lang i18n.Lang) string {
	if lang == i18n.Swedish {
		return p.Sv
	}
	return p.Fi
}

// The pages.
//
//nolint:gochecknoglobals // a constant table
var (
	Front         = Pair{"/fi", "/sv"}
	JobSearch     = Pair{"/fi/tyopaikat", "/sv/lediga-jobb"}
	JobFeed       = Pair{"/fi/tyopaikat.atom", "/sv/lediga-jobb.atom"}
	JobDeadlines  = Pair{"/fi/tyopaikat.ics", "/sv/lediga-jobb.ics"}
	JobPosting    = Pair{"/fi/tyopaikat/{id}", "/sv/lediga-jobb/{id}"}
	About         = Pair{"/fi/tietoa-palvelusta", "/sv/om-tjansten"}
	Privacy       = Pair{"/fi/tietosuoja", "/sv/dataskydd"}
	Cookies       = Pair{"/fi/evasteet", "/sv/kakor"}
	Accessibility = Pair{"/fi/saavutettavuus", "/sv/tillganglighet"}
	Feedback      = Pair{"/fi/palaute", "/sv/respons"}
	FeedbackDone  = Pair{"/fi/palaute/kiitos", "/sv/respons/tack"}
	SiteMap       = Pair{"/fi/sivukartta", "/sv/webbkarta"}
)

// SiteMapIndex is what robots.txt leads search engines to.
const SiteMapIndex = "/sitemap.xml"

// Fill puts values in place of the parameters of p's pattern, in order. A kind of
// terms is written in a word of lang, whichever word it came in.
func Fill(p Pair, lang i18n.Lang, values ...string) string {
	pattern := p.In(lang)
	for _, v := range values {
		start := strings.IndexByte(pattern, '{')
		end := strings.IndexByte(pattern, '}')
		if start < 0 || end < start {
			break
		}
		if pattern[start:end+1] == "{kind}" {
			v = termsWord(v, lang)
		}
		pattern = pattern[:start] + url.PathEscape(v) + pattern[end+1:]
	}
	return pattern
}

// Job returns the address of one posting's page.
func Job(lang i18n.Lang, id int64) string {
	return Fill(JobPosting, lang, strconv.FormatInt(id, 10))
}

// WithQuery appends query to path, or nothing when it is empty.
func WithQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// Here tells which page a request is for. The layout needs it for the language
// switch and for marking the current entry of the navigation.
type Here struct {
	Page Pair
	// Values are the values of the pattern's parameters, in order.
	Values []string
	Query  url.Values
}

type hereKey struct{}

// With returns a context that knows which page it is for.
func With(ctx context.Context, h Here) context.Context {
	return context.WithValue(ctx, hereKey{}, h)
}

// Current returns the page that ctx is for; its zero value is no page.
func Current(ctx context.Context) Here {
	h, _ := ctx.Value(hereKey{}).(Here)
	return h
}

// Switch returns the address of the same page, with the same query, in the
// other language; the other front page when ctx is for no page.
func Switch(ctx context.Context) string {
	other := i18n.LangOf(ctx).Other()
	h := Current(ctx)
	if h.Page == (Pair{}) {
		return Front.In(other)
	}
	return WithQuery(Fill(h.Page, other, h.Values...), h.Query)
}

// To returns the address of p in the language of ctx.
func To(ctx context.Context, p Pair, values ...string) string {
	return Fill(p, i18n.LangOf(ctx), values...)
}
