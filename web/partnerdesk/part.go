package partnerdesk

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/ui"
)

// seenField holds the fingerprint of what the writer was shown.
const seenField = "seen"

// partForm is one part of the data as the partner filled it in.
type partForm struct {
	partnerview.Fields

	Seen string
	// Theirs is what somebody else has changed meanwhile, against what was typed.
	Theirs []partner.Change
	// Open is a change that must be decided first.
	Open *partner.Application
	// Now is what is in force.
	Now partner.Form
	// Partner is the organisation's name.
	Partner string
}

func (f partForm) purpose() string { return "desk_" + string(f.Part) }

// asks tells whether the rules look at the change.
func (f partForm) asks() bool {
	return f.Part == partner.PartServiceAreas || f.Part == partner.PartPersonalData
}

// The button of the check page that goes back to the fields, and the field that
// tells that the change was checked.
const (
	goEdit       = "edit"
	checkedField = "checked"
)

// toCheck tells whether the change must be shown once more before it is sent: it
// goes to the rules, and nothing keeps it from that.
func (f partForm) toCheck(values url.Values) bool {
	next := f.Now.WithPart(f.Part, f.Form.Tidied())
	return values.Get(checkedField) != "yes" && partner.Looked(f.Part, f.Now, f.Form) && f.Open == nil &&
		f.Now.Fingerprint(f.Part) == f.Seen && next.Fingerprint(f.Part) != f.Seen && f.Form.ValidatePart(f.Part, f.Areas) == nil
}

// hidden are the fields that the check page sends on.
func hidden(values url.Values) []ui.Option {
	var all []ui.Option
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if slices.Contains([]string{edge.TokenField, session.OwnerField, session.UnsentField, partnerview.OrganisationField, "go", checkedField}, name) {
			continue
		}
		for _, v := range values[name] {
			all = append(all, ui.Option{Label: name, Value: v})
		}
	}
	return all
}

// onPart serves one part; the part that is not open is no page.
func (p Pages) onPart(part partner.Part, f func(http.ResponseWriter, *http.Request, partner.Part) error) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !slices.Contains(partner.DeskParts(p.Applications.PersonalData), part) {
			return fault.ErrNotFound
		}
		return f(w, r, part)
	}
}

func (p Pages) partForm(r *http.Request, part partner.Part) (partForm, error) {
	ctx := r.Context()
	mine, o, err := p.own(r)
	if err != nil {
		return partForm{}, err
	}
	f := partForm{Seen: mine.Form.Fingerprint(part), Now: mine.Form, Partner: mine.Name, Fields: partnerview.Fields{
		Part: part, Form: mine.Form, Organisation: o, PersonalData: p.Applications.PersonalData,
	}}
	if f.Areas, err = p.Areas.List(ctx); err != nil {
		return partForm{}, err
	}
	if part == partner.PartPersonalData {
		if f.Processor, err = p.Desk.Processor(ctx, mine.BusinessID); err != nil {
			return partForm{}, err
		}
	}
	if f.asks() || part == partner.PartOrganisation {
		f.Open, err = p.openChange(ctx, mine.BusinessID)
	}
	return f, err
}

func (p Pages) showPart(w http.ResponseWriter, r *http.Request, part partner.Part) error {
	f, err := p.partForm(r, part)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, partPage(f))
}

func (p Pages) submitPart(w http.ResponseWriter, r *http.Request, part partner.Part) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	f, err := p.partForm(r, part)
	if err != nil {
		return err
	}
	f.Form, f.Seen = partnerview.ReadPart(values, part, f.Form), values.Get(seenField)
	ctx := r.Context()
	submission, err := session.CheckForm(ctx, values, f.purpose())
	if errors.Is(err, edge.ErrToken) {
		return f.again(w, r, http.StatusForbidden, "desk.old_form")
	}
	if err != nil {
		return err
	}
	if f.help(values) {
		return respond.Page(w, r, http.StatusOK, partPage(f))
	}
	if part == partner.PartPlaces {
		f.Form, f.Query, f.Errors = partnerview.TakePlaces(values, f.Form)
	}
	needed := f.needsProcessor(values)
	if len(f.Errors) > 0 {
		return respond.Page(w, r, http.StatusUnprocessableEntity, partPage(f))
	}
	if f.toCheck(values) {
		return respond.Page(w, r, http.StatusOK, checkPage(f, hidden(values)))
	}
	if needed {
		if err := p.Desk.AcceptProcessor(ctx, session.Of(ctx), i18n.LangOf(ctx), f.Processor); err != nil {
			return err
		}
	}
	changed, err := p.Desk.Change(ctx, session.Of(ctx), i18n.LangOf(ctx), submission, part, f.Seen, f.Form)
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		f.Errors = invalid.Fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, partPage(f))
	}
	switch {
	case errors.Is(err, partner.ErrChangeOpen):
		f.Open = changed.Application
		return f.again(w, r, http.StatusConflict, "desk.part.change_open")
	case errors.Is(err, fault.ErrConflict) && changed.Partner.ID != 0:
		// Saving again puts these words in the place of those, knowingly.
		f.Theirs = partner.Diff(changed.Partner.Form, changed.Partner.Form.WithPart(part, f.Form))
		f.Seen = changed.Partner.Form.Fingerprint(part)
		return f.again(w, r, http.StatusConflict, "desk.part.conflict")
	case err != nil:
		return err
	}
	if changed.Application != nil {
		respond.SeeOther(w, r, paths.To(ctx, paths.JoinReceipt, strconv.FormatInt(changed.Application.ID, 10)))
		return nil
	}
	respond.SeeOther(w, r, paths.WithQuery(paths.To(ctx, paths.Desk), url.Values{"saved": {string(part)}}))
	return nil
}

// help does what a button within the fields asks for, and tells whether one did.
func (f *partForm) help(values url.Values) bool {
	switch values.Get("go") {
	case partnerview.GoAdd:
		f.Rows = partnerview.Rows(values) + 1
	case partnerview.GoSearch:
		f.Query = values.Get("q")
	case goEdit:
	default:
		return false
	}
	return true
}

// needsProcessor tells whether the agreement on processing personal data has to
// be accepted first. That its tick is missing is an error of the form.
func (f *partForm) needsProcessor(values url.Values) bool {
	if f.Part != partner.PartPersonalData || !f.Form.ProcessesPersonalData || f.Processor == 0 {
		return false
	}
	if values.Get("processor_read") != strconv.Itoa(f.Processor) {
		f.Errors = []fault.FieldError{{Field: "processor_read", MessageID: "partner.invalid.processor_terms"}}
	}
	return true
}

// again shows the form with everything in it and a new token.
func (f partForm) again(w http.ResponseWriter, r *http.Request, status int, messageID string) error {
	f.Errors = []fault.FieldError{{Field: "send", MessageID: messageID}}
	return respond.Page(w, r, status, partPage(f))
}

func partPath(ctx context.Context, p partner.Part) string {
	return paths.To(ctx, paths.DeskPart(string(p)))
}
