package keeping

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

const (
	purposeChange = "keeping-change"
	purposeDecide = "keeping-decide"
)

// rulesView is the table of periods.
type rulesView struct {
	Rules     []retention.Rule
	Proposals map[string]retention.Proposal
}

func (p Pages) showRules(w http.ResponseWriter, r *http.Request) error {
	v := rulesView{Proposals: map[string]retention.Proposal{}}
	var err error
	if v.Rules, err = p.Retention.Rules(r.Context()); err != nil {
		return err
	}
	waiting, err := p.Retention.Proposals(r.Context())
	if err != nil {
		return err
	}
	for _, one := range waiting {
		v.Proposals[one.Kind] = one
	}
	return respond.Page(w, r, http.StatusOK, rulesPage(v))
}

// The units in which a period is typed.
const (
	unitMonths = "months"
	unitDays   = "days"
	unitHours  = "hours"
)

// changeForm is a change as an officer has typed it.
type changeForm struct {
	Amount, Unit, WarnDays, Reason string
	// Base is the version of the rule that was shown.
	Base   int
	Errors []fault.FieldError
}

func readChange(values url.Values) changeForm {
	base, _ := strconv.Atoi(values.Get("base")) // no number is a version that nobody has seen
	return changeForm{
		Amount: strings.TrimSpace(values.Get("amount")), Unit: values.Get("unit"), WarnDays: strings.TrimSpace(values.Get("warn_days")),
		Reason: values.Get("reason"), Base: base,
	}
}

// shown is the form as it begins from the rule in force.
func shown(r retention.Rule) changeForm {
	f := changeForm{WarnDays: joined(r.WarnDays), Base: r.Version}
	switch p := r.Period; {
	case p.Months > 0:
		f.Amount, f.Unit = strconv.Itoa(p.Months), unitMonths
	case p.Days > 0:
		f.Amount, f.Unit = strconv.Itoa(p.Days), unitDays
	default:
		f.Amount, f.Unit = strconv.Itoa(p.Hours), unitHours
	}
	return f
}

// change is what the form means. What cannot be read is a field error.
func (f *changeForm) change(kind string) retention.Change {
	c := retention.Change{Kind: kind, Base: f.Base, Reason: f.Reason}
	var check fault.Checker
	amount, err := strconv.Atoi(f.Amount)
	check.Check(err == nil && amount >= 0, "amount", "keeping.change.amount")
	switch f.Unit {
	case unitMonths:
		c.Period.Months = amount
	case unitDays:
		c.Period.Days = amount
	case unitHours:
		c.Period.Hours = amount
	default:
		check.Check(false, "unit", "keeping.change.unit")
	}
	for _, word := range strings.FieldsFunc(f.WarnDays, func(r rune) bool { return r == ',' || r == ' ' }) {
		d, err := strconv.Atoi(word)
		check.Check(err == nil, "warn_days", "keeping.change.warn_days")
		c.WarnDays = append(c.WarnDays, d)
	}
	if invalid, ok := errors.AsType[*fault.InvalidError](check.Err()); ok {
		f.Errors = invalid.Fields
	}
	return c
}

// ruleView is one rule: how it is, a change that waits, a change that is thought
// of.
type ruleView struct {
	Rule  retention.Rule
	Fixed bool
	// Warns tells that persons are told before the end.
	Warns    bool
	History  []retention.Rule
	Proposal *retention.Proposal
	// Proposer is who proposed it, Own that this is who looks.
	Proposer string
	Own      bool
	Form     changeForm
	// Tried is the period of which Forecast is, nil when none was tried.
	Tried    *keeping.Period
	Forecast retention.Forecast
	Done     string
}

func (p Pages) view(ctx context.Context, kind string) (ruleView, error) {
	rule, err := p.Retention.Rule(ctx, p.DB, kind)
	if err != nil {
		return ruleView{}, err
	}
	v := ruleView{Rule: rule, Fixed: p.Retention.Fixed(rule.Rule), Warns: p.Retention.Warns(kind), Form: shown(rule)}
	if v.History, err = p.Retention.History(ctx, kind); err != nil {
		return ruleView{}, err
	}
	proposal, err := p.Retention.Proposal(ctx, kind)
	if errors.Is(err, fault.ErrNotFound) {
		return v, nil
	}
	if err != nil {
		return ruleView{}, err
	}
	v.Proposal, v.Own = &proposal, proposal.ProposedBy == session.Of(ctx).PersonID
	v.Proposer, err = p.nameOf(ctx, proposal.ProposedBy)
	return v, err
}

func (p Pages) nameOf(ctx context.Context, officer identity.PersonID) (string, error) {
	members, err := p.Staff.Members(ctx)
	if err != nil {
		return "", err
	}
	for _, m := range members {
		if m.PersonID == officer {
			return m.Name, nil
		}
	}
	return officer.String(), nil
}

func (p Pages) showRule(w http.ResponseWriter, r *http.Request) error {
	v, err := p.view(r.Context(), chi.URLParam(r, "kind"))
	if err != nil {
		return err
	}
	query := r.URL.Query()
	if done := query.Get("done"); done == "proposed" || done == "withdrawn" || done == "changed" {
		v.Done = done
	}
	if !query.Has("amount") || v.Fixed || v.Proposal != nil {
		return respond.Page(w, r, http.StatusOK, rulePage(v))
	}
	v.Form = readChange(query)
	v.Form.Base = v.Rule.Version
	return p.answer(w, r, v, http.StatusOK, nil)
}

// answer shows the rule with the forecast of the change in v.Form, unless that
// cannot be read; failed is what Propose said of it.
func (p Pages) answer(w http.ResponseWriter, r *http.Request, v ruleView, status int, failed error) error {
	c := v.Form.change(v.Rule.Kind)
	if len(v.Form.Errors) == 0 {
		v.Form.Errors = fieldErrors(failed)
	}
	if len(v.Form.Errors) == 0 && failed == nil {
		// The reason is asked for later, beside the forecast.
		tried := c
		tried.Reason = "-"
		v.Form.Errors = fieldErrors(p.Retention.Validate(tried, v.Rule.Rule))
	}
	if onlyReason(v.Form.Errors) {
		f, err := p.Retention.Forecast(r.Context(), v.Rule.Kind, c.Period)
		if err != nil {
			return err
		}
		v.Tried, v.Forecast = &c.Period, f
	}
	if len(v.Form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return respond.Page(w, r, status, rulePage(v))
}

// fieldErrors are those of err, under the names of the form's fields.
func fieldErrors(err error) []fault.FieldError {
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		return nil
	}
	var all []fault.FieldError
	for _, e := range invalid.Fields {
		if e.Field == "months" {
			e.Field = "amount"
		}
		all = append(all, e)
	}
	return all
}

func onlyReason(errs []fault.FieldError) bool {
	for _, e := range errs {
		if e.Field != "reason" {
			return false
		}
	}
	return true
}

func (p Pages) submitChange(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeChange)
	if err != nil {
		return err
	}
	v, err := p.view(r.Context(), chi.URLParam(r, "kind"))
	if err != nil {
		return err
	}
	v.Form = readChange(values)
	c := v.Form.change(v.Rule.Kind)
	if len(v.Form.Errors) > 0 {
		return p.answer(w, r, v, http.StatusUnprocessableEntity, nil)
	}
	err = p.Retention.Propose(r.Context(), session.Of(r.Context()), c)
	if len(fieldErrors(err)) > 0 {
		return p.answer(w, r, v, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	seeDone(w, r, v.Rule.Kind, "proposed")
	return nil
}

func (p Pages) submitDecision(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeDecide)
	if err != nil {
		return err
	}
	kind := chi.URLParam(r, "kind")
	proposed, err := time.Parse(time.RFC3339Nano, values.Get("proposed"))
	if err != nil {
		return fault.ErrConflict // not what any page has shown
	}
	officer := session.Of(r.Context())
	switch values.Get("act") {
	case "approve":
		err = p.Retention.Approve(r.Context(), officer, kind, proposed)
		if err == nil {
			seeDone(w, r, kind, "changed")
		}
	case "withdraw":
		err = p.Retention.Withdraw(r.Context(), officer, kind, proposed)
		if err == nil {
			seeDone(w, r, kind, "withdrawn")
		}
	default:
		v, err := p.view(r.Context(), kind)
		if err != nil {
			return err
		}
		v.Form.Errors = []fault.FieldError{{Field: "act", MessageID: "keeping.rule.choose"}}
		return respond.Page(w, r, http.StatusUnprocessableEntity, rulePage(v))
	}
	return err
}

func formOf(r *http.Request, purpose string) (url.Values, error) {
	values, err := respond.Form(r)
	if err != nil {
		return nil, err
	}
	_, err = session.CheckForm(r.Context(), values, purpose)
	return values, err
}

func seeDone(w http.ResponseWriter, r *http.Request, kind, deed string) {
	respond.SeeOther(w, r, paths.WithQuery(rulePath(r.Context(), kind), url.Values{"done": {deed}}))
}

// runsView is what a run would do now, and what runs have done.
type runsView struct {
	Due      []retention.Due
	Runs     []retention.Run
	Packages []retention.Package
	// NoPlace says that packages cannot be made here.
	NoPlace bool
}

const (
	runsShown     = 48
	packagesShown = 50
)

func (p Pages) showRuns(w http.ResponseWriter, r *http.Request) error {
	v := runsView{NoPlace: !p.HandOver.Ready()}
	var err error
	if v.Due, err = p.Retention.DryRun(r.Context()); err != nil {
		return err
	}
	if v.Runs, err = p.Retention.Runs(r.Context(), 0, runsShown); err != nil {
		return err
	}
	if v.Packages, err = p.HandOver.Packages(r.Context(), packagesShown); err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, runsPage(v))
}
