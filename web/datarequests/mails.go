package datarequests

import (
	"context"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/web/paths"
)

// Tell returns what datarequest.New asks for. A person is told that there is an
// answer and nothing of it; alarms go to the officers of data protection, or to
// the main users while there are none.
func Tell(staff *identity.Staff) func(ctx context.Context, tx *postgres.Tx, n datarequest.News) error {
	return func(ctx context.Context, tx *postgres.Tx, n datarequest.News) error {
		if n.Kind == datarequest.MailAnswered {
			return mail.EnqueueTo(ctx, tx, int64(n.Person.ID), mail.Message{
				Kind: n.Kind, To: n.Person.Email, Lang: n.Request.Language, Key: n.Key(),
				Data: map[string]string{"link": paths.Fill(paths.OwnDataRequest, n.Request.Language, text(n.Request.ID))},
			})
		}
		officers, err := alarmed(ctx, staff)
		if err != nil {
			return err
		}
		for _, m := range officers {
			lang := m.Language
			if lang != i18n.Swedish {
				lang = i18n.Finnish
			}
			err := mail.EnqueueTo(ctx, tx, int64(m.PersonID), mail.Message{
				Kind: n.Kind, To: m.Email, Lang: lang, Key: n.Key() + ":" + m.PersonID.String(), Priority: mail.PriorityConfirmation,
				Data: map[string]string{
					"number": text(n.Request.ID), "date": n.Request.DueAt.Add(-time.Minute).In(i18n.Helsinki).Format(time.DateOnly),
					"link": paths.Fill(paths.DataRequest, lang, text(n.Request.ID)),
				},
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// alarmed are the officers to whom alarms can be sent.
func alarmed(ctx context.Context, staff *identity.Staff) ([]identity.Member, error) {
	members, err := staff.Members(ctx)
	if err != nil {
		return nil, err
	}
	for _, group := range []identity.Group{identity.GroupDataProtection, identity.GroupMain} {
		of := slices.DeleteFunc(slices.Clone(members), func(m identity.Member) bool {
			return m.Blocked || !slices.Contains(m.Groups(), group) || !mail.ValidAddress(m.Email)
		})
		if len(of) > 0 {
			return of, nil
		}
	}
	return nil, nil
}
