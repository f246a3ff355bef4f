package main

import (
	"context"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/paths"
)

// tellApplicant puts in the mail that an officer's act calls for. It goes to the
// first contact of the application, and says no more than that something waits.
func tellApplicant(ctx context.Context, tx *postgres.Tx, n review.News) error {
	a := n.Application
	if len(a.Form.Contacts) == 0 {
		return nil
	}
	to := a.Form.Contacts[0]
	if to.Email == "" {
		return nil
	}
	id := strconv.FormatInt(a.ID, 10)
	m := mail.Message{
		Kind: n.Kind, To: to.Email, Lang: to.Language,
		Data: map[string]string{"organisation": a.Organisation.Name, "application": id, "link": paths.Fill(paths.JoinApplication, to.Language, id)},
	}
	switch {
	case n.Decision.ID != 0:
		decision := strconv.FormatInt(n.Decision.ID, 10)
		m.Key = string(n.Kind) + ":" + decision
		m.Data["link"] = paths.Fill(paths.Decision, to.Language, decision)
	default:
		m.Key = string(n.Kind) + ":" + strconv.FormatInt(n.Request.ID, 10)
		m.Data["date"] = n.Request.DueOn.In(i18n.Helsinki).Format(time.DateOnly)
	}
	return mail.Enqueue(ctx, tx, m)
}

// alarmMainUsers tells the main users, once an hour, that an officer was stopped
// from looking at more people.
func (j *joining) alarmMainUsers(ctx context.Context, tx *postgres.Tx, s viewing.Stop) error {
	members, err := j.staff.MainUsers(ctx)
	if err != nil {
		return err
	}
	hour := s.At.In(i18n.Helsinki).Format("2006-01-02T15")
	for _, m := range members {
		if m.Email == "" {
			continue
		}
		err := mail.Enqueue(ctx, tx, mail.Message{
			Kind: "staff_alarm", To: m.Email, Lang: m.Language,
			Key: "staff_alarm:" + s.Officer.String() + ":" + hour + ":" + m.PersonID.String(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
