package datarequests

import (
	"context"
	"net/http"
	"strings"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// noteAct is an act whose form is one note.
type noteAct struct {
	// id begins its messages, purpose names its form.
	id, purpose, deed string
	page              paths.Pair
	do                func(r *datarequest.Requests, ctx context.Context, a datarequest.Act, note string) error
}

// The acts.
//
//nolint:gochecknoglobals // a constant table
var (
	handBack = noteAct{"datarequests.hand_back.", "datarequest-hand-back", "handed_back", paths.DataRequestHandBack, (*datarequest.Requests).HandBack}
	contact  = noteAct{"datarequests.contact.", "datarequest-contact", "noted", paths.DataRequestContact, (*datarequest.Requests).NoteContact}
	lift     = noteAct{"datarequests.lift.", "datarequest-lift", "lifted", paths.DataRequestLift, (*datarequest.Requests).Lift}
)

// noteView is such a form as it was typed.
type noteView struct {
	noteAct

	ID     int64
	Note   string
	Told   bool
	Errors []fault.FieldError
}

// toldField is the box of an officer who has told the person what is to come.
const toldField = "told"

// asksTold tells that the person must know before the act (GDPR, article 18(3)).
func (a noteAct) asksTold() bool { return a.deed == lift.deed }

func (p Pages) showNote(act noteAct) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := respond.Number(r, "id")
		if err != nil {
			return err
		}
		return respond.Page(w, r, http.StatusOK, notePage(noteView{noteAct: act, ID: id}))
	}
}

func (p Pages) submitNote(act noteAct) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, values, err := sent(r, act.purpose)
		if err != nil {
			return err
		}
		note := values.Get("note")
		v := noteView{noteAct: act, ID: a.ID, Note: note, Told: values.Get(toldField) != ""}
		if act.asksTold() && !v.Told {
			var c fault.Checker
			c.Check(strings.TrimSpace(note) != "", "note", "datarequests.note.missing")
			c.Check(false, toldField, "datarequests.lift.told_missing")
			v.Errors, _ = respond.InvalidFields(c.Err())
			return respond.Page(w, r, http.StatusUnprocessableEntity, notePage(v))
		}
		err = act.do(p.Requests, r.Context(), a, note)
		if fields, ok := respond.InvalidFields(err); ok {
			v.Errors = fields
			return respond.Page(w, r, http.StatusUnprocessableEntity, notePage(v))
		}
		if err != nil {
			return p.late(w, r, a.ID, err, note)
		}
		next := paths.To(r.Context(), paths.DataRequest, text(a.ID))
		if act.deed == "handed_back" {
			next = paths.To(r.Context(), paths.DataRequests)
		}
		seeDone(w, r, next, act.deed)
		return nil
	}
}
