package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
)

const (
	// trusted is how long an answer of e-Authorizations is good for pages; what
	// binds asks again anyway.
	trusted = 30 * time.Minute
	// recheckTime bounds how long a page waits for e-Authorizations, and silence
	// how long pages do without when it did not answer.
	recheckTime = 2 * time.Second
	silence     = 30 * time.Second
)

// visit is one request for a page that is not open to everybody.
type visit struct {
	*Manager

	w     http.ResponseWriter
	r     *http.Request
	class route.Class
	s     identity.Session
}

// Admit lets only c's audience through to h; see edge.Sessions. Whom it cannot
// let in yet it leads to where that changes, and it keeps the form that they
// have sent.
func (m *Manager) Admit(c route.Class, h http.Handler, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	audience, groups := c.Audience, staffGroups(c.Audience)
	if groups != nil {
		audience = route.Staff
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := visit{m, w, r, c, Of(r.Context())}
		in, err := v.admit(audience, groups)
		if err != nil {
			fail(w, r, err)
			return
		}
		if !in {
			return
		}
		if r.Method != http.MethodPost || c.CSRF != route.Form || c.Upload {
			h.ServeHTTP(w, r)
			return
		}
		v.take(h, fail)
	})
}

// staffGroups are the groups that an audience names, nil for none.
func staffGroups(a route.Audience) []identity.Group {
	list, ok := strings.CutPrefix(string(a), string(route.Staff)+":")
	if !ok {
		return nil
	}
	var groups []identity.Group
	for name := range strings.SplitSeq(list, "+") {
		groups = append(groups, identity.Group(name))
	}
	return groups
}

// admit tells whether the visitor belongs to the audience. When not, it has
// answered, or returns the error to answer with.
func (v visit) admit(audience route.Audience, groups []identity.Group) (bool, error) {
	kind := identity.KindPerson
	if audience == route.Staff {
		kind = identity.KindStaff
	}
	if v.s.Kind != kind || v.class.Fresh && !v.s.FreshAt(v.Now()) {
		return false, v.sendToSignIn(kind)
	}
	switch audience {
	case route.Person:
		return true, nil
	case route.Staff:
		if groups == nil || v.s.In(groups...) {
			return true, nil
		}
		return false, v.refuse(groups...)
	case route.Representative, route.Partner:
		if in, err := v.admitRepresentative(); err != nil || !in {
			return in, err
		}
		if audience == route.Partner {
			return v.pass(v.PartnerGate)
		}
		return v.pass(v.RepresentativeGate)
	case route.Public, route.Operator:
	}
	return false, fmt.Errorf("audience %q: %w", audience, fault.ErrForbidden)
}

// refuse answers somebody whom the page will not open to; an officer is told to
// which groups it does.
func (v visit) refuse(groups ...identity.Group) error {
	pattern := ""
	if c := chi.RouteContext(v.r.Context()); c != nil {
		pattern = c.RoutePattern()
	}
	if err := v.Refusals.Access(v.r.Context(), v.s, pattern); err != nil {
		return err
	}
	if len(groups) > 0 {
		return v.tell(http.StatusForbidden, otherGroupPage(groups))
	}
	return fmt.Errorf("not of this audience: %w", fault.ErrForbidden)
}

// sendToSignIn leads to the sign-in page and from there back here, by way of
// the form when there is one.
func (v visit) sendToSignIn(kind identity.Kind) error {
	page := paths.SignIn
	if kind == identity.KindStaff {
		page = paths.StaffSignIn
	}
	query := url.Values{}
	back, kept, err := v.keep(kind)
	if err != nil {
		return err
	}
	if back != "" {
		query.Set(ReturnField, back)
	}
	if v.class.Fresh && v.s.Kind == kind {
		query.Set("fresh", "1")
	}
	if v.r.Method == http.MethodPost && !kept {
		query.Set("lost", "1")
	}
	if kept {
		query.Set("kept", "1")
	}
	respond.SeeOther(v.w, v.r, paths.WithQuery(paths.To(v.r.Context(), page), query))
	return nil
}

// keep parks the form that was sent. It returns the page to come back to, and
// whether the form is kept.
func (v visit) keep(kind identity.Kind) (back string, kept bool, err error) {
	here := v.here()
	if v.r.Method != http.MethodPost {
		return v.Return(here), false, nil
	}
	if v.class.Upload || v.class.Anew || v.class.CSRF != route.Form {
		return v.Return(here), false, nil
	}
	values, err := respond.Form(v.r)
	if err != nil {
		return "", false, err
	}
	o, ok := v.ownerOf(values)
	if !ok || o.Kind != kind {
		return v.Return(here), false, nil
	}
	id, err := v.park(o, values)
	if err != nil {
		return "", false, err
	}
	if id == "" { // the account has been deleted since the form was opened
		return v.Return(here), false, nil
	}
	return v.unsent(v.r.Context(), o.Kind, id), true, nil
}

// here is the address that was asked for, on our own origin.
func (v visit) here() string {
	if v.r.URL.RawQuery == "" {
		return v.r.URL.Path
	}
	return v.r.URL.Path + "?" + v.r.URL.RawQuery
}

func (m *Manager) unsent(ctx context.Context, kind identity.Kind, id string) string {
	if kind == identity.KindStaff {
		return paths.To(ctx, paths.StaffUnsent, id)
	}
	return paths.To(ctx, paths.Unsent, id)
}

// ownerOf tells whose form was sent: its own word first, then whose session it
// is or was.
func (v visit) ownerOf(values url.Values) (owner, bool) {
	if o, ok := v.openOwner(values.Get(OwnerField)); ok {
		return o, true
	}
	if v.s.LoggedIn() {
		return ownerIn(v.s, "", v.Now()), true
	}
	token := v.tokenOf(v.r)
	if token == "" {
		return owner{}, false
	}
	ended, err := v.People.Ended(v.r.Context(), token)
	return ownerIn(ended, "", v.Now()), err == nil && ended.LoggedIn()
}

// park keeps the form that o has sent here.
func (v visit) park(o owner, values url.Values) (string, error) {
	ctx := v.r.Context()
	if id := values.Get(UnsentField); id != "" {
		// It is the same form, on its way again.
		if err := v.Forms.Discard(ctx, o.entry(), id); err != nil {
			return "", err
		}
	}
	f := entry.Form{Path: v.here(), Purpose: o.Purpose, Values: url.Values{}}
	if v.forOrganisation() {
		f.BusinessID, f.Organisation = o.BusinessID, o.Organisation
	}
	for name, list := range values {
		if name != OwnerField && name != UnsentField {
			f.Values[name] = slices.DeleteFunc(slices.Clone(list), isCode)
		}
	}
	return v.Forms.Park(ctx, o.entry(), f)
}

// isCode tells that a field was filled with an identity code, which is typed again
// rather than kept.
func isCode(value string) bool {
	_, err := identity.ParseCode(strings.TrimSpace(value))
	return err == nil
}

// forOrganisation tells whether what is done here is done for the organisation
// that the session acts for.
func (v visit) forOrganisation() bool {
	return v.class.Audience == route.Representative || v.class.Audience == route.Partner
}

// admitRepresentative wants an organisation to act for, and that e-Authorizations
// has said so lately. When it does not answer, what is there may be read and
// nothing may be done.
func (v visit) admitRepresentative() (bool, error) {
	if v.s.Acting == nil {
		return false, v.leave(paths.To(v.r.Context(), v.Represent))
	}
	now := v.Now()
	if v.Recheck == nil || !v.class.Confirmed && now.Sub(v.s.Acting.CheckedAt) <= trusted {
		return true, nil
	}
	reading := v.r.Method != http.MethodPost && !v.class.Confirmed
	if reading && now.Unix() < v.silence.Load() {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), recheckTime)
	defer cancel()
	err := v.Recheck(ctx, v.s)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fault.ErrForbidden):
		return false, v.leave(paths.To(v.r.Context(), v.RepresentEnded))
	case errors.Is(err, mandate.ErrConfirm):
		return false, v.leave(paths.To(v.r.Context(), v.Represent))
	}
	v.silence.Store(now.Add(silence).Unix())
	if reading {
		return true, nil
	}
	return false, v.leave(paths.To(v.r.Context(), v.RepresentAgain))
}

// pass leads to the page that must come first, if gate names one.
func (v visit) pass(gate func(ctx context.Context, s identity.Session) (string, error)) (bool, error) {
	if gate == nil {
		return true, nil
	}
	path, err := gate(v.r.Context(), v.s)
	if errors.Is(err, fault.ErrForbidden) {
		return false, v.refuse()
	}
	if err != nil || path == "" || path == v.r.URL.Path {
		return err == nil, err
	}
	return false, v.leave(path)
}

// leave leads to path and names the way back. A form that was sent is kept: the
// way back is then the page on which it waits.
func (v visit) leave(path string) error {
	back, _, err := v.keep(v.s.Kind)
	if err != nil {
		return err
	}
	query := url.Values{}
	if back != "" {
		query.Set(ReturnField, back)
	}
	respond.SeeOther(v.w, v.r, paths.WithQuery(path, query))
	return nil
}

// tell answers with a page that says why the one asked for does not open.
func (v visit) tell(status int, page templ.Component) error {
	return respond.Page(v.w, v.r, status, page)
}

// take lets h have a form, unless somebody else has filled it in, and forgets
// what was kept of it once it is taken in.
func (v visit) take(h http.Handler, fail func(http.ResponseWriter, *http.Request, error)) {
	values, err := respond.Form(v.r)
	if err != nil {
		fail(v.w, v.r, err)
		return
	}
	if o, ok := v.openOwner(values.Get(OwnerField)); ok {
		taken, err := v.sendBack(o, values)
		if err != nil {
			fail(v.w, v.r, err)
		}
		if err != nil || taken {
			return
		}
	}
	unsent := values.Get(UnsentField)
	if unsent == "" {
		h.ServeHTTP(v.w, v.r)
		return
	}
	seen := &witness{ResponseWriter: v.w}
	h.ServeHTTP(seen, v.r)
	if slices.Contains([]int{http.StatusSeeOther, http.StatusOK, http.StatusUnprocessableEntity}, seen.status) {
		// It was sent, or stands on the page again. That it is kept a while
		// longer does no harm.
		_ = v.Forms.Discard(context.WithoutCancel(v.r.Context()), entry.OwnerOf(v.s), unsent)
	}
}

// sendBack keeps a form that somebody else has filled in, or that was opened for
// another organisation than the one acted for now, and tells so.
func (v visit) sendBack(o owner, values url.Values) (taken bool, err error) {
	stranger := o.binding() != v.s.Binding()
	elsewhere := v.forOrganisation() && o.BusinessID != "" && v.s.Acting != nil && o.BusinessID != v.s.Acting.BusinessID
	if !stranger && !elsewhere {
		return false, nil
	}
	id, err := v.park(o, values)
	if err != nil {
		return false, err
	}
	if stranger {
		return true, v.tell(http.StatusForbidden, notYoursPage())
	}
	respond.SeeOther(v.w, v.r, v.unsent(v.r.Context(), o.Kind, id))
	return true, nil
}

// witness remembers the status of an answer.
type witness struct {
	http.ResponseWriter

	status int
}

func (w *witness) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }
