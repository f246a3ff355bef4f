package casework

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/respond"
)

// rulesView is a trial of changed rules.
type rulesView struct {
	Areas []partner.ServiceArea
	// Rate is in percent, as it was typed; Look and Off as they were ticked.
	Rate      string
	Look, Off []string
	Since     string
	Errors    []fault.FieldError
	// Tried tells that there are results; Total counts the applications tried.
	Tried   bool
	Total   int
	Results []partner.DryRunResult
	// Approved and Supervised count them, before and after.
	Approved, Supervised [2]int
}

// defaultMonths is how far back a trial goes unless told otherwise.
const defaultMonths = 6

func (p Pages) showRules(w http.ResponseWriter, r *http.Request) error {
	areas, err := p.ServiceAreas.List(r.Context())
	if err != nil {
		return err
	}
	query := r.URL.Query()
	v := rulesView{Areas: areas, Since: i18n.ShortDate(p.Reviews.Now().AddDate(0, -defaultMonths, 0))}
	if !query.Has("rate") {
		v.Rate = strings.Replace(strconv.FormatFloat(100*p.Rules.SampleRate, 'f', -1, 64), ".", ",", 1)
		v.Look, v.Off = p.Rules.Look, p.Rules.Off
		if p.Rules.Look == nil {
			for _, a := range areas {
				if a.NeedsLook {
					v.Look = append(v.Look, a.Code)
				}
			}
		}
		return respond.Page(w, r, http.StatusOK, rulesPage(v))
	}
	v.read(query)
	changed, since := v.rules(p.Rules)
	if len(v.Errors) > 0 {
		return respond.Page(w, r, http.StatusUnprocessableEntity, rulesPage(v))
	}
	results, err := p.Applications.DryRun(r.Context(), changed, since)
	if err != nil {
		return err
	}
	v.take(results)
	return respond.Page(w, r, http.StatusOK, rulesPage(v))
}

func (v *rulesView) read(query url.Values) {
	v.Rate, v.Look, v.Off, v.Since = query.Get("rate"), query["look"], query["off"], query.Get("since")
}

// rules returns what is to be tried, and from when on.
func (v *rulesView) rules(now partner.Rules) (partner.Rules, time.Time) {
	var c fault.Checker
	rate, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(v.Rate), ",", ".", 1), 64)
	c.Check(err == nil && rate >= 0 && rate <= 100, "rate", "casework.rules.rate_invalid")
	since := i18n.ParseDate(v.Since)
	c.Check(!since.IsZero(), "since", "casework.rules.since_invalid")
	v.Errors, _ = respond.InvalidFields(c.Err())
	look := slices.DeleteFunc(slices.Clone(v.Look), func(code string) bool {
		return !slices.ContainsFunc(v.Areas, func(a partner.ServiceArea) bool { return a.Code == code })
	})
	off := slices.DeleteFunc(slices.Clone(v.Off), func(id string) bool { return !slices.Contains(partner.RuleIDs(), id) })
	// An empty list looks at nothing, where nil would take the table's marks.
	return partner.Rules{SampleRate: rate / 100, SampleSeed: now.SampleSeed, Look: append([]string{}, look...), Off: off}, since
}

func (v *rulesView) take(results []partner.DryRunResult) {
	v.Tried, v.Total = true, len(results)
	for _, res := range results {
		for i, status := range [2]partner.Status{res.Before, res.After} {
			if status == partner.Approved {
				v.Approved[i]++
			}
		}
		for i, marked := range [2]bool{res.SupervisedBefore, res.SupervisedAfter} {
			if marked {
				v.Supervised[i]++
			}
		}
		if res.Differs() {
			v.Results = append(v.Results, res)
		}
	}
}
