package casework

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/workday"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of forms.
const (
	purposeNext    = "casework-next"
	purposeClaim   = "casework-claim"
	purposeRelease = "casework-release"
)

// caseRow is a case in a list.
type caseRow struct {
	Case         review.Case
	Organisation string
	Officer      string
	Mine         bool
}

// queueView is the queue as one officer sees it.
type queueView struct {
	Counts review.Counts
	// Mine are the cases in hand.
	Mine  []caseRow
	Now   time.Time
	Days  int
	Empty bool
}

func (p Pages) showQueue(w http.ResponseWriter, r *http.Request) error {
	v, err := p.queue(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, queuePage(v))
}

func (p Pages) queue(ctx context.Context) (queueView, error) {
	v := queueView{Now: p.Reviews.Now(), Days: p.Reviews.Options().WorkingDays}
	var err error
	if v.Counts, err = p.Reviews.Counts(ctx); err != nil {
		return v, err
	}
	rows, err := p.rows(ctx)
	for _, row := range rows {
		if row.Mine {
			v.Mine = append(v.Mine, row)
		}
	}
	return v, err
}

// rows lists every open case.
func (p Pages) rows(ctx context.Context) ([]caseRow, error) {
	cases, err := p.Reviews.Team(ctx)
	if err != nil {
		return nil, err
	}
	officers, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	organisations, err := p.organisations(ctx, cases)
	if err != nil {
		return nil, err
	}
	now, me := p.Reviews.Now(), session.Of(ctx).PersonID
	rows := make([]caseRow, len(cases))
	for i, c := range cases {
		rows[i] = caseRow{Case: c, Organisation: organisations[c.ApplicationID], Mine: c.HeldBy(me, now)}
		if c.Held(now) {
			rows[i].Officer = officers.of(ctx, c.ClaimedBy)
		}
	}
	return rows, nil
}

func (p Pages) organisations(ctx context.Context, cases []review.Case) (map[int64]string, error) {
	all := map[int64]string{}
	for _, c := range cases {
		a, err := p.Applications.ByID(ctx, c.ApplicationID)
		if err != nil {
			return nil, err
		}
		all[c.ApplicationID] = organisationName(a)
	}
	return all, nil
}

func organisationName(a partner.Application) string {
	if a.Organisation.Name == "" {
		return string(a.BusinessID)
	}
	return a.Organisation.Name
}

func (p Pages) submitNext(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	if _, err := session.CheckForm(r.Context(), values, purposeNext); err != nil {
		return err
	}
	c, err := p.Reviews.Take(r.Context(), session.Of(r.Context()))
	if errors.Is(err, fault.ErrNotFound) {
		v, err := p.queue(r.Context())
		if err != nil {
			return err
		}
		v.Empty = true
		return respond.Page(w, r, http.StatusOK, queuePage(v))
	}
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), paths.Case, text(c.ApplicationID)))
	return nil
}

func (p Pages) submitClaim(w http.ResponseWriter, r *http.Request) error {
	a, _, err := sent(r, purposeClaim)
	if err != nil {
		return err
	}
	err = p.Reviews.Claim(r.Context(), a.Officer, a.ID)
	if errors.Is(err, fault.ErrConflict) {
		return p.conflict(w, r, a, nil)
	}
	if err != nil {
		return err
	}
	respond.SeeOther(w, r, paths.To(r.Context(), paths.Case, text(a.ID)))
	return nil
}

// teamView is who has what in hand.
type teamView struct {
	Rows  []caseRow
	Now   time.Time
	Leads bool
	// Opens tells whether the reader may open cases.
	Opens  bool
	Note   string
	NoteAt int64
	Errors []fault.FieldError
}

func (p Pages) team(ctx context.Context) (teamView, error) {
	s := session.Of(ctx)
	v := teamView{Now: p.Reviews.Now(), Leads: s.In(identity.GroupMain), Opens: s.In(identity.GroupApplications)}
	var err error
	v.Rows, err = p.rows(ctx)
	return v, err
}

func (p Pages) showTeam(w http.ResponseWriter, r *http.Request) error {
	v, err := p.team(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, teamPage(v))
}

func (p Pages) submitRelease(w http.ResponseWriter, r *http.Request) error {
	a, values, err := sent(r, purposeRelease)
	if err != nil {
		return err
	}
	note := values.Get("note-" + text(a.ID))
	err = p.Reviews.Release(r.Context(), a, note)
	if fields, ok := respond.InvalidFields(err); ok || errors.Is(err, fault.ErrConflict) {
		v, teamErr := p.team(r.Context())
		if teamErr != nil {
			return teamErr
		}
		status := http.StatusUnprocessableEntity
		if !ok {
			status, fields = http.StatusConflict, []fault.FieldError{{Field: "release-" + text(a.ID), MessageID: "casework.team.gone"}}
		} else {
			fields[0].Field = "note-" + text(a.ID)
		}
		v.Note, v.NoteAt, v.Errors = note, a.ID, fields
		return respond.Page(w, r, status, teamPage(v))
	}
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.CasesTeam), "released")
	return nil
}

// clock says how long the applicant has waited, and when the wait must end.
func clock(ctx context.Context, c review.Case, now time.Time) string {
	if c.State != review.Waiting {
		return i18n.T(ctx, "casework.state."+string(c.State))
	}
	data := map[string]any{"Date": i18n.Date(ctx, c.DueAt.Add(-time.Minute)), "Days": workday.Between(c.WaitingSince, now)}
	if c.Late(now) {
		return i18n.TData(ctx, "casework.clock_late", data)
	}
	return i18n.TData(ctx, "casework.clock", data)
}

// marks are the words that set a case off in a list.
func marks(ctx context.Context, c review.Case, now time.Time) []string {
	var all []string
	if c.Late(now) {
		all = append(all, i18n.T(ctx, "casework.mark.late"))
	}
	if c.Mark != "" {
		all = append(all, i18n.T(ctx, "casework.mark."+string(c.Mark)))
	}
	return all
}
