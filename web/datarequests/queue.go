package datarequests

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the queue's forms.
const (
	purposeNext  = "datarequest-next"
	purposeClaim = "datarequest-claim"
)

// queueView is the queue as one officer sees it. It tells of nobody.
type queueView struct {
	Counts   datarequest.Counts
	Requests []datarequest.Request
	Officers names
	Me       identity.PersonID
	Now      time.Time
	// Empty tells that there was nothing to take.
	Empty bool
}

func (p Pages) queue(ctx context.Context) (queueView, error) {
	s := session.Of(ctx)
	v := queueView{Now: p.Requests.Now(), Me: s.PersonID}
	var err error
	if v.Counts, err = p.Requests.Counts(ctx, s); err != nil {
		return v, err
	}
	if v.Requests, err = p.Requests.Waiting(ctx, s); err != nil {
		return v, err
	}
	v.Officers, err = p.names(ctx)
	return v, err
}

func (p Pages) showQueue(w http.ResponseWriter, r *http.Request) error {
	v, err := p.queue(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, queuePage(v))
}

func (p Pages) submitNext(w http.ResponseWriter, r *http.Request) error {
	if _, _, err := formOf(r, purposeNext); err != nil {
		return err
	}
	q, err := p.Requests.Take(r.Context(), session.Of(r.Context()))
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
	respond.SeeOther(w, r, paths.To(r.Context(), paths.DataRequest, text(q.ID)))
	return nil
}

func (p Pages) submitClaim(w http.ResponseWriter, r *http.Request) error {
	a, _, err := sent(r, purposeClaim)
	if err != nil {
		return err
	}
	if err := p.Requests.Claim(r.Context(), a.Officer, a.ID); err != nil {
		return p.late(w, r, a.ID, err)
	}
	seeDone(w, r, paths.To(r.Context(), paths.DataRequest, text(a.ID)), "claimed")
	return nil
}

func (p Pages) showStatistics(w http.ResponseWriter, r *http.Request) error {
	quarters, err := p.Requests.Statistics(r.Context())
	if err != nil {
		return err
	}
	var v statisticsView
	for _, q := range quarters {
		if q.Tells() {
			v.Told = append(v.Told, q)
		} else {
			v.Quiet = true
		}
	}
	if v.Backlog, err = datarequest.Backlog(r.Context(), p.Requests.DB); err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, statisticsPage(v))
}

// statisticsView are the quarters that have a figure to show; Quiet says that
// others have none.
type statisticsView struct {
	// Backlog is the queue as it stands now.
	Backlog datarequest.Counts
	Told    []datarequest.Quarter
	Quiet   bool
}

// clock says by when the request must be answered.
func clock(ctx context.Context, q datarequest.Request, now time.Time) string {
	data := map[string]any{"Date": i18n.Date(ctx, q.DueAt.Add(-time.Minute))}
	if q.Late(now) {
		return i18n.TData(ctx, "datarequests.clock_late", data)
	}
	return i18n.TData(ctx, "datarequests.clock", data)
}

// officerStanding says to an officer what has become of a request, or by when it
// must be answered.
func officerStanding(ctx context.Context, q datarequest.Request, now time.Time) string {
	if q.State == datarequest.Settled {
		return standing(ctx, q)
	}
	return clock(ctx, q, now)
}

// names maps officers to their names.
type names map[identity.PersonID]string

func (p Pages) names(ctx context.Context) (names, error) {
	members, err := p.Staff.Members(ctx)
	if err != nil {
		return nil, err
	}
	all := names{}
	for _, m := range members {
		all[m.PersonID] = m.Name
	}
	return all, nil
}

func (n names) of(ctx context.Context, id identity.PersonID) string {
	if name, ok := n[id]; ok || id == 0 {
		return name
	}
	return i18n.TData(ctx, "casework.officer", map[string]any{"ID": id.String()})
}
