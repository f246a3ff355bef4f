package ownprofile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// maxFound is how many occupations a search shows.
const maxFound = 12

// entryView is the page on which an entry is written.
type entryView struct {
	Section profile.Section
	Own     profile.Profile
	ID      int64
	Values  profile.Values
	// Seen is the mark of the entry that is typed over, Draft that of the draft.
	Seen, Draft string
	// Kept is the draft that is gone on with, nil for none.
	Kept   *profile.Draft
	Errors []fault.FieldError
	// Found are the occupations that the text may mean, when they were asked for.
	Found    []reference.Entry
	Searched bool
	Names    names
	// Asked is false when the section's fields are not asked for now.
	Asked    bool
	Consents paths.Pair
}

// open returns the view of the entry that a request names; false when it is not
// there any more.
func (p *Pages) open(r *http.Request, s profile.Section) (entryView, bool, error) {
	v := entryView{Section: s, Asked: true, Consents: p.Consents}
	var err error
	if v.ID, err = entryID(r, s); err != nil {
		return v, false, err
	}
	if v.Own, err = p.asked(r.Context(), s); err != nil {
		return v, false, err
	}
	if s == profile.SectionEmployer {
		if v.Asked, err = p.discloses(r.Context()); err != nil {
			return v, false, err
		}
	}
	entry, there := v.Own.Entry(s, v.ID)
	v.Values, v.Seen = entry.Values, entry.Values.Mark()
	return v, there, nil
}

// show renders the page of an entry.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, v entryView) error {
	ctx := r.Context()
	for _, f := range v.Section.Fields() {
		if f.Kind != profile.Occupation || !v.Searched {
			continue
		}
		var err error
		if v.Found, err = p.Profiles.Occupations.Find(ctx, v.Values.Get(f.Of), maxFound); err != nil {
			return err
		}
	}
	var err error
	if v.Names, err = p.names(ctx, v.Own, v.Values); err != nil {
		return err
	}
	return respond.Page(w, r, status, entryPage(v))
}

func (p *Pages) showEntry(s profile.Section) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, there, err := p.open(r, s)
		if err != nil {
			return err
		}
		if !there {
			return fault.ErrNotFound
		}
		if draft, ok := v.Own.Draft(s, v.ID); ok && v.Asked {
			v.Kept, v.Values, v.Seen, v.Draft = &draft, draft.Values, draft.Seen, draft.Values.Mark()
		}
		v.Searched = r.URL.Query().Get("find") == "1"
		return p.show(w, r, http.StatusOK, v)
	}
}

func (p *Pages) submitEntry(s profile.Section) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		form, err := respond.Form(r)
		if err != nil {
			return err
		}
		v, there, err := p.open(r, s)
		if err != nil {
			return err
		}
		v.Values, v.Seen, v.Draft = read(s, form), form.Get("seen"), form.Get("draft")
		_, err = session.CheckForm(ctx, form, entryPurpose+string(s))
		// A form that waited for its sender is sent by the person, not by the script.
		byScript := form.Get("go") == goDraft && !form.Has(session.UnsentField)
		switch {
		case err != nil && byScript:
			return answerDraft(ctx, w, "", "profile.draft.failed", true)
		case err != nil:
			v.Errors = []fault.FieldError{{Field: "send", MessageID: "profile.old_form"}}
			return p.show(w, r, http.StatusForbidden, v)
		case !v.Asked:
			respond.SeeOther(w, r, entryPath(ctx, s, v.ID))
			return nil
		case byScript:
			return p.keepDraft(ctx, w, v)
		case form.Get("go") == goDiscard:
			if err := p.Profiles.DiscardDraft(ctx, session.Of(ctx), s, v.ID); err != nil {
				return err
			}
			respond.SeeOther(w, r, p.afterDiscard(ctx, v, there))
			return nil
		}
		return p.save(w, r, v, form)
	}
}

// afterDiscard is the page of the entry, or of its section when it is gone.
func (p *Pages) afterDiscard(ctx context.Context, v entryView, there bool) string {
	if !there {
		return home(ctx, v.Section)
	}
	return entryPath(ctx, v.Section, v.ID)
}

// save keeps what was typed, or shows what is wrong with it.
func (p *Pages) save(w http.ResponseWriter, r *http.Request, v entryView, form url.Values) error {
	ctx := r.Context()
	s := session.Of(ctx)
	var cleaned []fault.FieldError
	if v.Values, cleaned = v.Section.Clean(v.Values); len(cleaned) > 0 {
		// What else is wrong is said at once.
		if invalid, ok := errors.AsType[*fault.InvalidError](v.Section.Validate(v.Section.Tidy(v.Values))); ok {
			cleaned = append(cleaned, invalid.Fields...)
		}
		return p.refuse(w, r, v, cleaned)
	}
	if form.Get("go") == goSearch {
		return p.search(w, r, v)
	}
	kept, err := p.Profiles.Save(ctx, s, v.Section, v.ID, v.Seen, v.Draft, v.Values)
	invalid, isInvalid := errors.AsType[*fault.InvalidError](err)
	switch {
	case isInvalid:
		return p.refuse(w, r, v, invalid.Fields)
	case errors.Is(err, fault.ErrConflict):
		return p.showConflict(w, r, v, &kept, form)
	case errors.Is(err, fault.ErrGone) && v.Section.Many() > 1:
		return p.showConflict(w, r, v, nil, form)
	case err != nil:
		return err
	}
	respond.SeeOther(w, r, home(ctx, v.Section)+"?done=saved")
	return nil
}

// refuse shows the form again, with what is wrong; what was typed is a draft.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, v entryView, errs []fault.FieldError) error {
	draft, err := p.Profiles.KeepDraft(r.Context(), session.Of(r.Context()), v.Section, v.ID, v.Seen, v.Draft, v.Values)
	if err == nil {
		v.Draft = draft.Values.Mark()
	}
	v.Errors = errs
	v.Searched = v.Values.Get("occupation") != ""
	return p.show(w, r, http.StatusUnprocessableEntity, v)
}

// search keeps what was typed and shows the occupations that it may mean. When
// another window has its own draft the page shows them at once.
func (p *Pages) search(w http.ResponseWriter, r *http.Request, v entryView) error {
	ctx := r.Context()
	draft, err := p.Profiles.KeepDraft(ctx, session.Of(ctx), v.Section, v.ID, v.Seen, v.Draft, v.Values)
	invalid, isInvalid := errors.AsType[*fault.InvalidError](err)
	switch {
	case isInvalid:
		return p.refuse(w, r, v, invalid.Fields)
	case errors.Is(err, fault.ErrConflict), err == nil && len(draft.Values) == 0:
		v.Searched = true
		return p.show(w, r, http.StatusOK, v)
	case err != nil:
		return err
	}
	respond.SeeOther(w, r, entryPath(ctx, v.Section, v.ID)+"?find=1")
	return nil
}

// keepDraft answers the page's script, which sends what has been typed so far.
func (p *Pages) keepDraft(ctx context.Context, w http.ResponseWriter, v entryView) error {
	draft, err := p.Profiles.KeepDraft(ctx, session.Of(ctx), v.Section, v.ID, v.Seen, v.Draft, v.Values)
	invalid, isInvalid := errors.AsType[*fault.InvalidError](err)
	switch {
	case isInvalid && len(invalid.Fields) > 0:
		return answerDraft(ctx, w, v.Draft, invalid.Fields[0].MessageID, false)
	case isInvalid:
		return answerDraft(ctx, w, v.Draft, "profile.draft.failed", false)
	case errors.Is(err, fault.ErrConflict):
		return answerDraft(ctx, w, v.Draft, "profile.draft.elsewhere", true)
	case err != nil:
		return err
	case len(draft.Values) == 0:
		return answerDraft(ctx, w, "", "", false)
	}
	return answerDraft(ctx, w, draft.Values.Mark(), "profile.draft.kept", false)
}

// answerDraft tells the script the mark of the draft, words for the person, ""
// for none, and whether to stop.
func answerDraft(ctx context.Context, w http.ResponseWriter, mark, messageID string, stop bool) error {
	text := ""
	if messageID != "" {
		text = i18n.T(ctx, messageID)
	}
	b, err := json.Marshal(map[string]any{"draft": mark, "text": text, "stop": stop})
	if err != nil {
		return err
	}
	respond.Content(w, "application/json", b)
	return nil
}

// conflictView shows the two texts of an entry that was saved in two places.
type conflictView struct {
	Section profile.Section
	ID      int64
	// Kept is nil when the entry has been removed.
	Kept  *profile.Entry
	Typed profile.Values
	Names names
	// Fields are those of the form that came second.
	Fields []hiddenField
}

type hiddenField struct{ Name, Value string }

// fields are those whose values differ.
func (v conflictView) fields() []profile.Field {
	var all []profile.Field
	kept := profile.Values{}
	if v.Kept != nil {
		kept = v.Kept.Values
	}
	for _, f := range v.Section.Fields() {
		if !slices.Equal(kept[f.Name], v.Typed[f.Name]) {
			all = append(all, f)
		}
	}
	return all
}

// id is the entry that what was typed can be saved as.
func (v conflictView) id() int64 {
	if v.Kept == nil {
		return 0
	}
	return v.ID
}

// seen is the mark of what the page shows as kept.
func (v conflictView) seen() string {
	if v.Kept == nil {
		return ""
	}
	return v.Kept.Values.Mark()
}

// showConflict lets the second saver choose between what is kept and what was
// typed.
func (p *Pages) showConflict(w http.ResponseWriter, r *http.Request, v entryView, kept *profile.Entry, form url.Values) error {
	c := conflictView{Section: v.Section, ID: v.ID, Kept: kept, Typed: v.Section.Tidy(v.Values)}
	more := []profile.Values{c.Typed}
	if kept != nil {
		more = append(more, kept.Values)
	}
	var err error
	if c.Names, err = p.names(r.Context(), v.Own, more...); err != nil {
		return err
	}
	own := []string{"seen", "form_token", session.OwnerField, session.UnsentField, "go"}
	for name := range form {
		if slices.Contains(own, name) {
			continue
		}
		for _, value := range form[name] {
			c.Fields = append(c.Fields, hiddenField{name, value})
		}
	}
	slices.SortStableFunc(c.Fields, func(a, b hiddenField) int { return cmp.Compare(a.Name, b.Name) })
	status := http.StatusConflict
	if kept == nil {
		status = http.StatusGone
	}
	return respond.Page(w, r, status, conflictPage(c))
}
