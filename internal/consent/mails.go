package consent

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The keys of a mail's data that tell on whose consent it stands.
const (
	mailPerson  = "consent_person"
	mailPurpose = "consent_purpose"
)

// Enqueue puts m into the outbox for person, whose consent it stands on: once that
// does not count any more, or the account is gone, m is not sent.
func Enqueue(ctx context.Context, tx *postgres.Tx, person identity.PersonID, purpose Purpose, m mail.Message) error {
	data := map[string]string{mailPerson: person.String(), mailPurpose: string(purpose)}
	maps.Copy(data, m.Data)
	m.Data = data
	return mail.EnqueueTo(ctx, tx, int64(person), m)
}

// Guard returns a renderer that asks, at the moment of sending, whether the
// consent that a mail stands on still counts, and drops the mail when not. Mails
// that stand on none go through.
func (c *Consents) Guard(render mail.Renderer) mail.Renderer {
	return func(ctx context.Context, m mail.Message) (mail.Rendered, error) {
		stands, err := c.stands(ctx, m)
		if err != nil {
			return mail.Rendered{}, err
		}
		if !stands {
			return mail.Rendered{}, mail.ErrDropped
		}
		return render(ctx, m)
	}
}

func (c *Consents) stands(ctx context.Context, m mail.Message) (bool, error) {
	purpose, ok := m.Data[mailPurpose]
	if !ok {
		return true, nil
	}
	person, err := strconv.ParseInt(m.Data[mailPerson], 10, 64)
	if err != nil {
		return false, fmt.Errorf("mail of kind %s stands on nobody's consent", m.Kind)
	}
	var given bool
	err = c.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		given, err = c.Given(ctx, tx, identity.PersonID(person), Purpose(purpose))
		return err
	})
	return given, err
}
