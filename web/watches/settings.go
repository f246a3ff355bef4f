package watches

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/ui"
)

// formID is the ID of the form that orders or changes a watch.
const formID = "watch"

// The fields by which the form tells what is wanted of it: to see what criteria
// would bring, or every value of one filter; and the criteria as they were last
// told in words.
const (
	fieldLook  = "look"
	fieldAll   = "all"
	fieldShown = "shown"
)

// settings are what a watch is to look for and when, as they were filled in, with
// what the page tells about them. Ordering and changing have them in common.
type settings struct {
	// Action is the address of the form, and of the page with other criteria.
	Action   string
	Token    string
	Language i18n.Lang
	Schedule jobwatch.Schedule
	Weekday  time.Weekday
	Criteria search.Criteria
	Fields   templ.Component
	// TermsVersion is of the terms that are shown.
	TermsVersion int
	Words        []criterion
	Preview      jobwatch.Preview
	Cards        []ui.Card
	Advice       []advice
	// Altered tells that the criteria are not those that were last shown.
	Altered bool
	// Open shows the fields of the criteria at once.
	Open bool
	// Whole shows all of the form even if there are no criteria.
	Whole  bool
	Errors []fault.FieldError
}

// advice is a link to the same form with criteria that find something.
type advice struct {
	Label, Href string
	Count       int
}

// read takes the settings from a form or an address.
func (p *Pages) read(ctx context.Context, v url.Values) (settings, error) {
	s := settings{
		Token: v.Get(edge.TokenField), Language: i18n.LangOf(ctx),
		Schedule: jobwatch.Schedule{Rhythm: jobwatch.Rhythm(v.Get("rhythm"))},
		Open:     v.Get(fieldAll) != "",
	}
	if v.Has("language") {
		s.Language = langOf(v.Get("language"))
	}
	if text := strings.TrimSpace(v.Get("cap")); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			n = -1 // no number of mails
		}
		s.Schedule.Cap = n
	}
	s.TermsVersion, _ = strconv.Atoi(v.Get("terms_version"))
	var err error
	s.Fields, s.Criteria, s.Errors, err = p.Fields(ctx, formID, v)
	if err == nil {
		var c fault.Checker
		identity.RefuseCodes(&c, "criteria", s.Criteria.Query+"\n"+s.Criteria.Employer)
		if invalid, ok := errors.AsType[*fault.InvalidError](c.Err()); ok {
			s.Errors = append(s.Errors, invalid.Fields...)
		}
	}
	s.Altered = v.Has(fieldShown) && v.Get(fieldShown) != fingerprint(s.Criteria)
	return s, err
}

// looks tells that the form was not sent to be carried out: a button asked to see
// something, or the criteria are not those that were told in words.
func (s settings) looks(v url.Values) bool {
	return v.Has(fieldLook) || v.Has(fieldAll) || s.Altered
}

// fingerprint is the same for criteria that ask for the same, in whatever order
// a form has them.
func fingerprint(c search.Criteria) string {
	v := c.Values()
	for name, values := range v {
		if name == "q" {
			values = strings.Fields(values[0])
		}
		v[name] = slices.Sorted(slices.Values(values))
	}
	return v.Encode()
}

// tell fills in what the page tells of the settings.
func (p *Pages) tell(ctx context.Context, s *settings) error {
	current, err := p.Terms.Current(ctx, terms.JobWatch)
	if err != nil {
		return err
	}
	s.TermsVersion = current.Number
	s.Altered = s.Altered && len(s.Errors) == 0
	if s.Schedule.Rhythm == "" {
		s.Schedule.Rhythm = jobwatch.Daily
	}
	s.Words = p.words(ctx, s.Criteria)
	if len(s.Words) == 0 {
		return nil
	}
	if s.Preview, err = p.Watches.Preview(ctx, s.Criteria, max(0, min(s.Schedule.Cap, jobwatch.MaxCap)), s.Weekday); err != nil {
		return err
	}
	for _, d := range s.Preview.Drops {
		if d.Count > 0 {
			s.Advice = append(s.Advice, advice{p.dropped(ctx, s.Criteria, d), s.with(s.Criteria.Without(d.Field, d.Value)), d.Count})
		}
	}
	for _, c := range s.Preview.Corrections {
		if c.Count > 0 {
			s.Advice = append(s.Advice, advice{
				i18n.TData(ctx, "watches.advice.instead", map[string]any{"Word": c.Instead}), s.with(s.Criteria.Respelt(c.Word, c.Instead)), c.Count,
			})
		}
	}
	s.Cards, err = p.Cards(ctx, cardIDs(s.Preview.Cards))
	return err
}

// with is the address of the form with other criteria.
func (s settings) with(c search.Criteria) string { return withCriteria(s.Action, c) }

// dropped names what a drop leaves out.
func (p *Pages) dropped(ctx context.Context, c search.Criteria, d search.Drop) string {
	values := []string{d.Value}
	if d.Value == "" {
		values = c.Values()[d.Field]
	}
	labels := make([]string, len(values))
	for i, v := range values {
		labels[i] = p.Label(ctx, d.Field, v)
	}
	return i18n.TData(ctx, "watches.advice.without", map[string]any{"Criterion": strings.Join(labels, ", ")})
}

func cardIDs(cards []jobposting.Card) []int64 {
	ids := make([]int64, len(cards))
	for i, c := range cards {
		ids[i] = c.ID
	}
	return ids
}

// rejected adds what the rules say against settings, and returns the status to
// answer with; other errors it passes on.
func (s *settings) rejected(err error) (status int, other error) {
	if errors.Is(err, jobwatch.ErrTooMany) {
		s.Errors = append(s.Errors, fault.FieldError{Field: "send", MessageID: "watches.too_many"})
		return http.StatusTooManyRequests, nil
	}
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		return 0, err
	}
	s.Errors = invalid.Fields
	for _, e := range s.Errors {
		s.Open = s.Open || e.Field == "criteria"
	}
	return http.StatusUnprocessableEntity, nil
}

// criteriaError returns what is wrong with the criteria as a whole.
func (s settings) criteriaError() (fault.FieldError, bool) {
	for _, e := range s.Errors {
		if e.Field == "criteria" {
			return e, true
		}
	}
	return fault.FieldError{}, false
}

func rhythms(ctx context.Context, chosen jobwatch.Rhythm, weekday time.Weekday) []ui.Option {
	var all []ui.Option
	for _, r := range jobwatch.Rhythms() {
		all = append(all, ui.Option{
			Value: string(r), Label: i18n.T(ctx, "watches.rhythm."+string(r)), Selected: r == chosen,
			Hint: i18n.TData(ctx, "watches.rhythm_hint."+string(r), map[string]any{"Weekday": onWeekday(ctx, weekday)}),
		})
	}
	return all
}

// onWeekday says on which day of every week: "sunnuntaisin".
func onWeekday(ctx context.Context, d time.Weekday) string {
	return i18n.T(ctx, "watches.weekday."+strconv.Itoa(int(d)))
}

// caps are the numbers of mails a day that are offered.
func caps(ctx context.Context, chosen int) []ui.Option {
	offered := []int{1, 2, 3, jobwatch.DefaultCap, 10, jobwatch.MaxCap}
	if chosen == 0 {
		chosen = jobwatch.DefaultCap
	}
	if chosen > 0 && chosen <= jobwatch.MaxCap && !slices.Contains(offered, chosen) {
		offered = append(offered, chosen)
		slices.Sort(offered)
	}
	var all []ui.Option
	for _, n := range offered {
		all = append(all, ui.Option{Value: strconv.Itoa(n), Label: i18n.TCount(ctx, "watches.cap_mails", n), Selected: n == chosen})
	}
	return all
}

// when says how often mails come.
func when(ctx context.Context, s jobwatch.Subscription) string {
	switch s.Schedule.Rhythm {
	case jobwatch.AtOnce:
		return i18n.TCount(ctx, "watches.when.at_once", s.Schedule.Cap)
	case jobwatch.Weekly:
		return i18n.TData(ctx, "watches.when.weekly", map[string]any{"Weekday": onWeekday(ctx, s.Weekday)})
	case jobwatch.Daily:
	}
	return i18n.T(ctx, "watches.when.daily")
}
