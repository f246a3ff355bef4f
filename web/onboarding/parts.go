package onboarding

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/partnerview"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// partPurpose begins the purpose of the form of each part.
const partPurpose = "join_part_"

// goLater is what the button asks for that saves and leaves.
const goLater = "later"

// partView is the page of one part.
type partView struct {
	partnerview.Fields

	Flow flow
	// Version is the draft's that the form was typed into.
	Version int
	// ToCheck goes back to the check page afterwards.
	ToCheck bool
	// Requests are what a correction answers.
	Requests []Request
}

func (v partView) step() int { return slices.Index(v.Flow.Parts, v.Part) + 1 }

func (v partView) action(ctx context.Context) string { return v.Flow.path(ctx, v.Part) }

// back is the page of the part before this one, "" for none.
func (v partView) back(ctx context.Context) string {
	if i := slices.Index(v.Flow.Parts, v.Part); i > 0 {
		return v.Flow.path(ctx, v.Flow.Parts[i-1])
	}
	return ""
}

// partView reads everything that the page of part shows.
func (p Pages) partView(r *http.Request, f flow, part partner.Part) (partView, error) {
	ctx := r.Context()
	s := session.Of(ctx)
	v := partView{Flow: f, Version: f.Draft.Version}
	v.Part, v.Form, v.PersonalData = part, f.Draft.Form, p.Applications.PersonalData
	var err error
	if v.Areas, err = p.ServiceAreas.List(ctx); err != nil {
		return v, err
	}
	if f.Sent != nil {
		if v.Requests, _, err = p.asked(ctx, *f.Sent); err != nil {
			return v, err
		}
	}
	switch part {
	case partner.PartOrganisation:
		v.Organisation, _, err = p.Register.Known(ctx, organisation.BusinessID(s.Acting.BusinessID))
		if errors.Is(err, fault.ErrNotFound) {
			err = nil
		}
		if v.Organisation.Name == "" {
			v.Organisation.BusinessID, v.Organisation.Name = organisation.BusinessID(s.Acting.BusinessID), s.Acting.Name
		}
	case partner.PartPersonalData:
		v.Processor, err = p.processor(ctx)
	case partner.PartContacts, partner.PartServiceAreas, partner.PartPlaces, partner.PartDescription, partner.PartLanguages, partner.PartDeclarations:
	}
	return v, err
}

// processor is the version of the processor agreement that the organisation has
// still to accept, 0 for none.
func (p Pages) processor(ctx context.Context) (int, error) {
	if !p.Applications.PersonalData {
		return 0, nil
	}
	current, err := p.Terms.Current(ctx, terms.Processor)
	if err != nil {
		return 0, err
	}
	accepted, err := p.Terms.Accepted(ctx, session.Of(ctx).Acting.BusinessID, terms.Processor)
	if err != nil || slices.ContainsFunc(accepted, func(a terms.Acceptance) bool { return a.Number >= current.Number }) {
		return 0, err
	}
	return current.Number, nil
}

// elsewhere leads to the page that tells why there is nothing to write.
func elsewhere(w http.ResponseWriter, r *http.Request, f flow) error {
	respond.SeeOther(w, r, f.home(r.Context()))
	return nil
}

func (p Pages) showPart(part partner.Part, correction bool) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.open(r, correction)
		if errors.Is(err, errElsewhere) {
			return elsewhere(w, r, f)
		}
		if err != nil {
			return err
		}
		if !slices.Contains(f.Parts, part) {
			return fault.ErrNotFound
		}
		v, err := p.partView(r, f, part)
		if err != nil {
			return err
		}
		query := r.URL.Query()
		v.Query, v.ToCheck = query.Get("q"), query.Get("to") == "check"
		if n, err := strconv.Atoi(query.Get("rows")); err == nil {
			v.Rows = min(n, partner.MaxContacts)
		}
		return respond.Page(w, r, http.StatusOK, partPage(v))
	}
}

func (p Pages) savePart(part partner.Part, correction bool) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, err := respond.Form(r)
		if err != nil {
			return err
		}
		f, err := p.open(r, correction)
		if err != nil && !errors.Is(err, errElsewhere) {
			return err
		}
		if !slices.Contains(f.Parts, part) {
			return fault.ErrNotFound
		}
		away := err != nil
		ctx := r.Context()
		form, query, unclear := partnerview.ReadPart(values, part, f.Draft.Form), "", []fault.FieldError(nil)
		if part == partner.PartPlaces && values.Get("go") != partnerview.GoSearch {
			form, query, unclear = partnerview.TakePlaces(values, form)
		}
		seen, err := strconv.Atoi(values.Get("version"))
		if err != nil || seen < 0 {
			seen = 0
		}
		show := func(status, version int, errs ...fault.FieldError) error {
			v, err := p.partView(r, f, part)
			if err != nil {
				return err
			}
			v.Form, v.Version, v.Errors, v.Query, v.ToCheck = form, version, errs, query, values.Get("to") == "check"
			return respond.Page(w, r, status, partPage(v))
		}
		if _, err := session.CheckForm(ctx, values, partPurpose+string(part)); err != nil {
			return show(http.StatusForbidden, seen, fault.FieldError{Field: "send", MessageID: "onboarding.old_form"})
		}
		draft, err := p.Drafts.Save(ctx, session.Of(ctx), f.id(), i18n.LangOf(ctx), seen, part, form, f.base())
		if errors.Is(err, fault.ErrConflict) {
			return p.showConflict(w, r, f, part, draft, form, values)
		}
		if err != nil {
			return err
		}
		if away {
			return elsewhere(w, r, f)
		}
		f.Draft = draft
		if to := p.aside(ctx, f, part, values); to != "" {
			respond.SeeOther(w, r, to)
			return nil
		}
		if len(unclear) > 0 {
			return show(http.StatusUnprocessableEntity, draft.Version, unclear...)
		}
		areas, err := p.ServiceAreas.List(ctx)
		if err != nil {
			return err
		}
		if invalid, ok := errors.AsType[*fault.InvalidError](form.ValidatePart(part, areas)); ok {
			return show(http.StatusUnprocessableEntity, draft.Version, invalid.Fields...)
		}
		if part == partner.PartPersonalData && form.ProcessesPersonalData {
			if fieldError, err := p.acceptProcessor(ctx, values); err != nil || fieldError.Field != "" {
				if err != nil {
					return p.unchecked(w, r, err, f.path(ctx, part))
				}
				return show(http.StatusUnprocessableEntity, draft.Version, fieldError)
			}
		}
		to := f.next(ctx, part)
		if values.Get("to") == "check" {
			to = f.check(ctx)
		}
		respond.SeeOther(w, r, to)
		return nil
	}
}

// aside is where the form leads when it does not go on; "" when it does.
func (p Pages) aside(ctx context.Context, f flow, part partner.Part, values url.Values) string {
	query := url.Values{}
	if values.Get("to") == "check" {
		query.Set("to", "check")
	}
	switch values.Get("go") {
	case goLater:
		return f.home(ctx)
	case partnerview.GoAdd:
		query.Set("rows", strconv.Itoa(min(partnerview.Rows(values)+1, partner.MaxContacts)))
	case partnerview.GoSearch:
		query.Set("q", values.Get("q"))
	default:
		return ""
	}
	return paths.WithQuery(f.path(ctx, part), query)
}

// acceptProcessor records that the agreement on processing personal data is
// accepted, when it has to be, or says what is wrong.
func (p Pages) acceptProcessor(ctx context.Context, values url.Values) (fault.FieldError, error) {
	version, err := p.processor(ctx)
	if err != nil || version == 0 {
		return fault.FieldError{}, err
	}
	if values.Get("processor_read") != strconv.Itoa(version) {
		return fault.FieldError{Field: "processor_read", MessageID: "partner.invalid.processor_terms"}, nil
	}
	s := session.Of(ctx)
	if p.Recheck != nil {
		if err := p.Recheck(ctx, s); err != nil {
			return fault.FieldError{}, err
		}
	}
	return fault.FieldError{}, p.DB.InTx(ctx, func(tx *postgres.Tx) error {
		_, err := p.Terms.Accept(ctx, tx, s, terms.Processor, version, i18n.LangOf(ctx))
		return err
	})
}

// conflictView shows the two texts of a part that was saved in two places.
type conflictView struct {
	Flow    flow
	Part    partner.Part
	Changes []partner.Change
	Areas   []partner.ServiceArea
	Version int
	// Fields are those of the form that came second.
	Fields []hiddenField
}

type hiddenField struct{ Name, Value string }

// showConflict lets the second saver choose between what is kept and what was
// typed.
func (p Pages) showConflict(w http.ResponseWriter, r *http.Request, f flow, part partner.Part, kept partner.Draft, form partner.Form, values url.Values) error {
	areas, err := p.ServiceAreas.List(r.Context())
	if err != nil {
		return err
	}
	v := conflictView{Flow: f, Part: part, Areas: areas, Version: kept.Version, Changes: partner.Diff(kept.Form, kept.Form.WithPart(part, form))}
	var names []string
	for name := range values {
		if name != "version" && name != "form_token" && name != session.OwnerField && name != session.UnsentField && name != partnerview.OrganisationField {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range values[name] {
			v.Fields = append(v.Fields, hiddenField{name, value})
		}
	}
	return respond.Page(w, r, http.StatusConflict, conflictPage(v))
}
