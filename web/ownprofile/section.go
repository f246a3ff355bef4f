package ownprofile

import (
	"net/http"
	"slices"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// Values of the buttons of an entry's form and of its place in a list.
const (
	goUp      = "up"
	goDown    = "down"
	goSearch  = "search"
	goDraft   = "draft"
	goDiscard = "discard"
)

// Purposes of the forms.
const (
	entryPurpose  = "profile_entry_"
	movePurpose   = "profile_move_"
	removePurpose = "profile_remove_"
)

// sectionView is the page of a section that is a list.
type sectionView struct {
	Section profile.Section
	Own     profile.Profile
	Names   names
	// Done is what has just been done, "" for nothing.
	Done string
	// Error is about the whole, "" for none.
	Error string
}

func (v sectionView) entries() []profile.Entry { return v.Own.Entries[v.Section] }

// full tells that no entry can be added.
func (v sectionView) full() bool { return len(v.entries()) >= v.Section.Many() }

func anchor(e profile.Entry) string { return "entry-" + strconv.FormatInt(e.ID, 10) }

func (p *Pages) showList(w http.ResponseWriter, r *http.Request, status int, v sectionView) error {
	var err error
	if v.Names, err = p.names(r.Context(), v.Own); err != nil {
		return err
	}
	return respond.Page(w, r, status, sectionPage(v))
}

func (p *Pages) showSection(s profile.Section) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		own, err := p.asked(r.Context(), s)
		if err != nil {
			return err
		}
		v := sectionView{Section: s, Own: own}
		if done := r.URL.Query().Get("done"); slices.Contains([]string{"saved", "removed"}, done) {
			v.Done = done
		}
		return p.showList(w, r, http.StatusOK, v)
	}
}

func (p *Pages) moveEntry(s profile.Section) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		values, err := respond.Form(r)
		if err != nil {
			return err
		}
		own, err := p.asked(ctx, s)
		if err != nil {
			return err
		}
		if _, err := session.CheckForm(ctx, values, movePurpose+string(s)); err != nil {
			return p.showList(w, r, http.StatusForbidden, sectionView{Section: s, Own: own, Error: "profile.old_form"})
		}
		by := map[string]int{goUp: -1, goDown: 1}[values.Get("go")]
		id, err := strconv.ParseInt(values.Get("entry"), 10, 64)
		if err != nil || by == 0 {
			return &fault.InvalidError{}
		}
		if err := p.Profiles.Move(ctx, session.Of(ctx), s, id, by); err != nil {
			return err
		}
		respond.SeeOther(w, r, paths.To(ctx, paths.ProfileSection(string(s)))+"#"+anchor(profile.Entry{ID: id}))
		return nil
	}
}

// removeView is the page that asks whether to remove an entry.
type removeView struct {
	Section profile.Section
	Entry   profile.Entry
	Names   names
	Error   string
}

// removable returns the view of the entry that the request names; false when it
// is not there any more.
func (p *Pages) removable(r *http.Request, s profile.Section) (removeView, bool, error) {
	own, err := p.asked(r.Context(), s)
	if err != nil {
		return removeView{}, false, err
	}
	id, err := entryID(r, s)
	if err != nil {
		return removeView{}, false, err
	}
	v := removeView{Section: s}
	var there bool
	if v.Entry, there = own.Entry(s, id); !there {
		return v, false, nil
	}
	v.Names, err = p.names(r.Context(), own)
	return v, true, err
}

func (p *Pages) showRemove(s profile.Section) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, there, err := p.removable(r, s)
		if err != nil {
			return err
		}
		if !there {
			return fault.ErrNotFound
		}
		return respond.Page(w, r, http.StatusOK, removePage(v))
	}
}

func (p *Pages) removeEntry(s profile.Section) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		values, err := respond.Form(r)
		if err != nil {
			return err
		}
		v, there, err := p.removable(r, s)
		if err != nil {
			return err
		}
		if _, err := session.CheckForm(ctx, values, removePurpose+string(s)); err != nil && there {
			v.Error = "profile.old_form"
			return respond.Page(w, r, http.StatusForbidden, removePage(v))
		}
		if there {
			if err := p.Profiles.Remove(ctx, session.Of(ctx), s, v.Entry.ID); err != nil {
				return err
			}
		}
		respond.SeeOther(w, r, paths.To(ctx, paths.ProfileSection(string(s)))+"?done=removed")
		return nil
	}
}
