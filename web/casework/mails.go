package casework

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/paths"
)

// Tell puts in the mails to an applicant, one to each contact person. It is what
// review.New asks for. A mail names the organisation and the last day to answer
// and leads to the page; what it is about is read there.
func Tell(ctx context.Context, tx *postgres.Tx, n review.News) error {
	sentTo := map[string]bool{}
	for i, c := range n.Application.Form.Contacts {
		if sentTo[c.Email] || !mail.ValidAddress(c.Email) {
			continue
		}
		sentTo[c.Email] = true
		lang := c.Language
		if lang != i18n.Finnish && lang != i18n.Swedish {
			lang = n.Application.Language
		}
		m := mail.Message{
			Kind: n.Kind, To: c.Email, Lang: lang,
			Key: fmt.Sprintf("%s:%d:%d", n.Kind, matter(n), i+1),
			Data: map[string]string{
				"organisation": organisationName(n.Application), "application": text(n.Application.ID),
				"link": paths.Fill(paths.JoinApplication, lang, text(n.Application.ID)),
			},
		}
		if !n.Request.DueOn.IsZero() {
			m.Data["date"] = n.Request.DueOn.In(i18n.Helsinki).Format(time.DateOnly)
		}
		if n.Request.Kind == review.Documents {
			m.Data["link"] = paths.Fill(paths.RequestDocuments, lang, text(n.Request.ID))
		}
		if n.Decision.ID != 0 {
			m.Data["number"] = n.Decision.Number()
			m.Data["link"] = paths.Fill(paths.Decision, lang, text(n.Decision.ID))
		}
		if err := mail.Enqueue(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// matter is what a mail is about.
func matter(n review.News) int64 {
	if n.Decision.ID != 0 {
		return n.Decision.ID
	}
	return n.Request.ID
}

// mailAlarm is the mail about an officer who was stopped.
const mailAlarm mail.Kind = "staff_alarm"

// Alarm returns what viewing.New asks for: it tells the main users that an
// officer was stopped, once an hour for each officer.
func Alarm(staff *identity.Staff) func(ctx context.Context, tx *postgres.Tx, s viewing.Stop) error {
	return func(ctx context.Context, tx *postgres.Tx, s viewing.Stop) error {
		mains, err := staff.MainUsers(ctx)
		if err != nil {
			return err
		}
		for _, m := range mains {
			if !mail.ValidAddress(m.Email) {
				continue
			}
			lang := m.Language
			if lang != i18n.Swedish {
				lang = i18n.Finnish
			}
			err := mail.EnqueueTo(ctx, tx, int64(m.PersonID), mail.Message{
				Kind: mailAlarm, To: m.Email, Lang: lang, Priority: mail.PriorityConfirmation,
				Key:  fmt.Sprintf("%s:%s:%s:%s", mailAlarm, s.Officer, s.At.Format("2006-01-02T15"), m.PersonID),
				Data: map[string]string{"number": s.Officer.String(), "date": s.At.In(i18n.Helsinki).Format(time.DateOnly)},
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}
