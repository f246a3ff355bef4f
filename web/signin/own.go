package signin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// frontView is one's own front page.
type frontView struct {
	Who     identity.Session
	Waiting []entry.Form
	Doors   []door
}

// door is a way from the front page. TextID may say what is behind it.
type door struct {
	Page            paths.Pair
	TitleID, TextID string
}

func (p *Pages) showFront(w http.ResponseWriter, r *http.Request) error {
	v := frontView{Who: session.Of(r.Context())}
	var err error
	if v.Waiting, err = p.Sessions.Forms.Waiting(r.Context(), entry.OwnerOf(v.Who)); err != nil {
		return err
	}
	represent := door{p.Sessions.Represent, "signin.front.represent", "signin.front.represent_text"}
	if v.Who.Acting != nil {
		represent = door{p.Sessions.Represent, "signin.front.switch", "signin.front.switch_text"}
	}
	partner, err := p.isPartner(r.Context(), v.Who)
	if err != nil {
		return err
	}
	if partner {
		v.add(door{p.Desk, "signin.front.desk", "signin.front.desk_text"})
	} else {
		v.add(door{p.Apply, "signin.front.apply", "signin.front.apply_text"})
	}
	v.add(represent)
	v.add(door{paths.Profile, "profile.title", "profile.lead"})
	v.add(door{paths.Consents, "consents.title", "consents.lead"})
	v.add(door{paths.OwnDataRequests, "datarequests.own.title", "datarequests.own.lead"})
	v.add(door{paths.OwnData, "owndata.title", "owndata.lead"})
	v.add(door{paths.OwnSessions, "signin.sessions.title", "signin.front.sessions_text"})
	return respond.Page(w, r, http.StatusOK, frontPage(v))
}

// isPartner tells whether the pages of partners open to s, at once or after the
// terms.
func (p *Pages) isPartner(ctx context.Context, s identity.Session) (bool, error) {
	if s.Acting == nil || p.Sessions.PartnerGate == nil {
		return false, nil
	}
	first, err := p.Sessions.PartnerGate(ctx, s)
	if errors.Is(err, fault.ErrForbidden) {
		return false, nil
	}
	if err != nil || first == "" || p.Sessions.RepresentativeGate == nil {
		return first == "", err
	}
	terms, err := p.Sessions.RepresentativeGate(ctx, s)
	return first == terms, err
}

func (v *frontView) add(d door) {
	if d.Page != (paths.Pair{}) {
		v.Doors = append(v.Doors, d)
	}
}

// sessionsView is the list of one's sessions.
type sessionsView struct {
	Own identity.Session
	All []identity.Session
}

// purposeEnd is the purpose of the form that ends a session.
const purposeEnd = "session_end"

func (p *Pages) showSessions(w http.ResponseWriter, r *http.Request) error {
	own := session.Of(r.Context())
	all, err := p.Sessions.People.Sessions(r.Context(), own.PersonID)
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, sessionsPage(sessionsView{own, all}))
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(r.Context(), values, purposeEnd); err != nil {
		return err
	}
	id, err := strconv.ParseInt(values.Get("session"), 10, 64)
	if err != nil {
		return &fault.InvalidError{}
	}
	own := session.Of(r.Context())
	err = p.Sessions.People.EndSession(r.Context(), own.Actor(), own.PersonID, id)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), pages(own.Kind).sessions))
	return nil
}

// unsentView is a form that waits.
type unsentView struct {
	Form entry.Form
	// Fields go along hidden, Texts are what was written, to be read.
	Fields []unsentField
	Texts  []string
	Until  time.Time
	Kind   identity.Kind
	// Page is the page that the form stands on, "" when that is unknown.
	Page string
	// Choose is the page on which to choose the organisation that the form is
	// for, "" when it can be sent.
	Choose string
	// Acting is the organisation acted for instead, "" for none.
	Acting string
}

type unsentField struct{ Name, Value string }

// longText is the length from which a value is shown: shorter ones are mostly
// choices, which say nothing without their questions.
const longText = 5

// control is what a form takes along for itself, such as the version of a text.
var control = regexp.MustCompile(`^[0-9a-f]{8,}$`)

// purposeDiscard is the purpose of the form that throws a kept form away.
const purposeDiscard = "unsent_discard"

// showUnsent shows a kept form to its owner, who may send it again. To anybody
// else there is none.
func (p *Pages) showUnsent(w http.ResponseWriter, r *http.Request) error {
	own := session.Of(r.Context())
	f, err := p.Sessions.Forms.ByID(r.Context(), entry.OwnerOf(own), chi.URLParam(r, "id"))
	if errors.Is(err, fault.ErrNotFound) {
		return respond.Page(w, r, http.StatusNotFound, noUnsentPage(own.Kind))
	}
	if err != nil {
		return err
	}
	v := unsentView{Form: f, Kind: own.Kind, Until: f.ParkedAt.Add(entry.FormKept), Page: p.Sessions.Return(f.Path)}
	if f.BusinessID != "" && (own.Acting == nil || own.Acting.BusinessID != f.BusinessID) {
		if own.Acting != nil {
			v.Acting = own.Acting.Name
		}
		v.Choose = paths.WithQuery(paths.To(r.Context(), p.Sessions.Represent), url.Values{session.ReturnField: {r.URL.Path}})
	}
	for name, list := range f.Values {
		for _, value := range list {
			if name == edge.TokenField && f.Purpose != "" {
				continue // a new one goes along
			}
			v.Fields = append(v.Fields, unsentField{name, value})
			if len(value) >= longText && !strings.HasPrefix(name, "form_") && !control.MatchString(value) {
				v.Texts = append(v.Texts, value)
			}
		}
	}
	return respond.Page(w, r, http.StatusOK, unsentPage(v))
}

func (p *Pages) discardUnsent(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(r.Context(), values, purposeDiscard); err != nil {
		return err
	}
	own := session.Of(r.Context())
	if err := p.Sessions.Forms.Discard(r.Context(), entry.OwnerOf(own), chi.URLParam(r, "id")); err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), pages(own.Kind).front))
	return nil
}
