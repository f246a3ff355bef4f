// Package agreements serves the pages of the terms: reading them and what has
// changed, confirming them as a representative, the evidence of acceptances, and
// the officers' editor.
package agreements

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/richtext"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
)

// Pages needs only what its handlers use.
type Pages struct {
	Terms *terms.Terms
	// Looks audits every look of an officer at the people in acceptances.
	Looks *viewing.Looks
	// AuthorityName says in words what a role or mandate is; nil leaves its code.
	AuthorityName func(ctx context.Context, authority string) string
	// Return gives back an address that leads to a page of the portal, and "" for
	// any other: session.Manager's Return.
	Return func(address string) string
	// OwnFront is where a confirmation leads when no page was asked for.
	OwnFront paths.Pair
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	open := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	text := open
	text.Cache = route.CacheShort
	m.Page(http.MethodGet, paths.Terms, open, p.showKinds)
	m.Page(http.MethodGet, paths.TermsCurrent, open, inWords(p.showCurrent))
	m.Page(http.MethodGet, paths.TermsVersion, open, inWords(p.showVersion))
	m.Page(http.MethodGet, paths.TermsBoth, open, inWords(p.showBoth))
	m.Page(http.MethodGet, paths.TermsChanges, open, inWords(p.showChanges))
	m.Page(http.MethodGet, paths.TermsText, text, inWords(p.showText))

	own, ownForm := closed(route.Representative)
	m.Page(http.MethodGet, paths.TermsConfirm, own, p.showConfirm)
	ownForm.Confirmed = true
	m.Page(http.MethodPost, paths.TermsConfirm, ownForm, p.confirm)
	m.Page(http.MethodGet, paths.TermsAcceptances, own, p.showAcceptances)
	m.Page(http.MethodGet, paths.TermsAcceptance, own, p.showAcceptance)

	content, contentForm := closed(route.StaffOf(identity.GroupContent))
	m.Page(http.MethodGet, paths.StaffTerms, content, p.showWork)
	m.Page(http.MethodGet, paths.StaffTermsKind, content, p.showWorkOn)
	m.Page(http.MethodPost, paths.StaffTermsKind, contentForm, p.startDraft)
	m.Page(http.MethodGet, paths.StaffTermsDraft, content, p.showDraft)
	m.Page(http.MethodPost, paths.StaffTermsDraft, contentForm, p.submitDraft)
	m.Page(http.MethodGet, paths.StaffTermsWithdraw, content, p.showWithdraw)
	m.Page(http.MethodPost, paths.StaffTermsWithdraw, contentForm, p.withdrawDraft)
	m.Page(http.MethodGet, paths.StaffTermsCheck, content, p.showCheck)
	contentForm.Fresh = true
	m.Page(http.MethodPost, paths.StaffTermsCheck, contentForm, p.decideDraft)

	readers, _ := closed(route.StaffOf(identity.GroupApplications, identity.GroupSupervision, identity.GroupContent))
	m.Page(http.MethodGet, paths.StaffTermsAcceptances, readers, p.showAcceptancesToStaff)
	m.Page(http.MethodGet, paths.StaffTermsAcceptance, readers, p.showAcceptanceToStaff)
}

// closed returns the classes of an audience's pages and forms.
func closed(a route.Audience) (page, form route.Class) {
	page = route.Class{Audience: a, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	form = route.Class{Audience: a, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm}
	return page, form
}

// Gate returns the page on which s must confirm the partner terms before the
// partner's pages open, "" when nothing is asked: at the first log-in for the
// organisation, and once when a new version has taken effect. Whoever does not
// accept the new version can still leave.
func (p Pages) Gate(ctx context.Context, s identity.Session) (string, error) {
	state, err := p.Terms.StateOf(ctx, s, terms.Partner)
	if err != nil || state == terms.Done || state == terms.Changed && paths.Current(ctx).Page == paths.DeskLeave {
		return "", err
	}
	return paths.To(ctx, paths.TermsConfirm), nil
}

// Link returns the path of the page that tells what a version changes, for
// mails.
func Link(lang i18n.Lang, kind terms.Kind, number int) string {
	return paths.Fill(paths.TermsChanges, lang, slug(kind), strconv.Itoa(number))
}

// inWords leads an address that has the code of a kind, or the other language's
// word for it, to the one that it has now.
func inWords(next respond.Func) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		here := paths.Current(ctx)
		if to := paths.To(ctx, here.Page, here.Values...); to != r.URL.Path {
			http.Redirect(w, r, paths.WithQuery(to, r.URL.Query()), http.StatusMovedPermanently) //nolint:gosec // the page that this is, by another word
			return nil
		}
		return next(w, r)
	}
}

// slug is how a kind is written in addresses.
func slug(kind terms.Kind) string { return strings.ReplaceAll(string(kind), "_", "-") }

// kindOf reads the kind of terms that a request names.
func kindOf(r *http.Request) (terms.Kind, error) {
	name := paths.TermsCode(chi.URLParam(r, "kind"))
	for _, kind := range terms.Kinds() {
		if slug(kind) == name {
			return kind, nil
		}
	}
	return "", fmt.Errorf("kind of terms: %w", fault.ErrNotFound)
}

// kindName is what a kind is called.
func kindName(ctx context.Context, kind terms.Kind) string {
	return i18n.T(ctx, "terms.kind."+string(kind))
}

func versionPath(ctx context.Context, p paths.Pair, v terms.Version) string {
	return paths.To(ctx, p, slug(v.Kind), strconv.Itoa(v.Number))
}

// rich is the text of terms as safe HTML. Its headings begin at the third level.
type rich struct{ text string }

// Render implements templ.Component.
func (r rich) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, richtext.HTML(r.text, true))
	return err
}

// languageNames are the languages in their own words.
//
//nolint:gochecknoglobals // a constant table
var languageNames = map[i18n.Lang]string{i18n.Finnish: "Suomeksi", i18n.Swedish: "På svenska"}
