// Package keeping serves what is said about keeping data: the public page of
// what is kept and for how long, made from the table of periods and the live
// schema, and the officers' pages on which two of them change that table.
package keeping

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Pages needs all of its fields.
type Pages struct {
	DB        *postgres.DB
	Retention *retention.Retention
	HandOver  *retention.HandOver
	Staff     *identity.Staff
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	public := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	m.Page(http.MethodGet, paths.Keeping, public, p.showKeeping)

	officers := route.StaffOf(retention.Group)
	page := route.Class{Audience: officers, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	form := route.Class{Audience: officers, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm, Fresh: true}
	m.Page(http.MethodGet, paths.KeepingRules, page, p.showRules)
	m.Page(http.MethodGet, paths.KeepingRuns, page, p.showRuns)
	m.Page(http.MethodGet, paths.KeepingRule, page, p.showRule)
	m.Page(http.MethodPost, paths.KeepingRule, form, p.submitChange)
	m.Page(http.MethodPost, paths.KeepingDecide, form, p.submitDecision)
}

// Navigation returns the pages that are open to an officer.
func Navigation(s identity.Session) []ui.NavItem {
	if !s.In(retention.Group) {
		return nil
	}
	return []ui.NavItem{{LabelID: "keeping.rules.title", Page: paths.KeepingRules}}
}

// kept is one kind of data as readers are told of it.
type kept struct {
	retention.Rule

	// What the live schema holds under the rule, in codes.
	Categories, Purposes, Grounds []string
}

// section is kinds that belong together.
type section struct {
	titleID string
	kinds   []kept
}

// sections is the order in which kinds are told. A kind that nobody has put
// anywhere comes last.
func sections() []struct {
	titleID string
	kinds   []string
} {
	return []struct {
		titleID string
		kinds   []string
	}{
		{"keeping.section.person", []string{
			"account", "profile", "consent", "profile_draft", "data_request", "session", "sign_in", "parked_form", "mail",
		}},
		{"keeping.section.everybody", []string{"job_watch", "job_watch_unconfirmed", "job_watch_brake", "job_watch_source", "feedback", kindPostingContact}},
		{"keeping.section.partner", []string{"draft", "application", "customership", "acceptance", "decision", "document", "register_entry"}},
		{"keeping.section.staff", []string{"duty", "viewing", "review_act", "ruling", "audit", kindAccessLog, kindBackup}},
		{"keeping.section.coming", []string{"chatbot", "register_2", "register_4", "register_5", "customer"}},
	}
}

// keepingView is the public page.
type keepingView struct {
	Sections []section
	// Withheld are the codes of why something is in no copy.
	Withheld []string
}

func (p Pages) showKeeping(w http.ResponseWriter, r *http.Request) error {
	var v keepingView
	err := p.DB.InReadTx(r.Context(), func(tx *postgres.Tx) error {
		var err error
		v, err = read(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, keepingPage(v))
}

// read puts the rules in force and the classes of the live schema together.
func read(ctx context.Context, tx *postgres.Tx) (keepingView, error) {
	rules, err := retention.RulesIn(ctx, tx)
	if err != nil {
		return keepingView{}, err
	}
	columns, err := inventory.Columns(ctx, tx)
	if err != nil {
		return keepingView{}, err
	}
	var all []section
	told := map[string]bool{}
	for _, s := range sections() {
		next := section{titleID: s.titleID}
		for _, kind := range s.kinds {
			i := slices.IndexFunc(rules, func(r retention.Rule) bool { return r.Kind == kind })
			if i >= 0 {
				next.kinds, told[kind] = append(next.kinds, keptUnder(rules[i], columns)), true
			}
		}
		all = append(all, next)
	}
	last := &all[len(all)-1]
	for _, rule := range rules {
		if !told[rule.Kind] {
			last.kinds = append(last.kinds, keptUnder(rule, columns))
		}
	}
	v := keepingView{Sections: all}
	for _, c := range columns {
		if c.Withheld != "" {
			v.Withheld = append(v.Withheld, c.Withheld)
		}
	}
	v.Withheld = inOrder(v.Withheld, inventory.Reasons())
	return v, nil
}

func keptUnder(rule retention.Rule, columns []inventory.Column) kept {
	k := kept{Rule: rule}
	for _, c := range columns {
		if c.Rule == rule.Kind {
			k.Categories, k.Purposes, k.Grounds = append(k.Categories, c.Category), append(k.Purposes, c.Purpose), append(k.Grounds, c.Ground)
		}
	}
	k.Categories = inOrder(k.Categories, inventory.Categories())
	k.Purposes = inOrder(k.Purposes, inventory.Purposes())
	k.Grounds = inOrder(k.Grounds, inventory.Grounds())
	return k
}

// inOrder returns each code once, in the order of the list.
func inOrder(codes, list []string) []string {
	slices.SortFunc(codes, func(a, b string) int { return slices.Index(list, a) - slices.Index(list, b) })
	return slices.Compact(codes)
}

// anchor is a kind's place on the page.
func anchor(kind string) string { return strings.ReplaceAll(kind, "_", "-") }
