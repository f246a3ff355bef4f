package postings

import (
	"context"
	"strings"

	"tyomarkkinatori.fi/portal/internal/jobposting"
)

// application tells how to apply. Button is an address, "" when there is none
// that can be followed; Unlinked is an address that cannot be.
type application struct {
	Button, Host, Unlinked string
	Mail, Elsewhere        bool
	Info                   rich
}

// contact is somebody to ask. The addresses are "" when what the posting gives
// cannot be followed.
type contact struct{ Name, Phone, PhoneHref, Mail, MailHref string }

func howToApply(ctx context.Context, c *jobposting.Content) application {
	a := application{Info: running(ctx, c.ApplyInfo, c.Markdown), Elsewhere: c.ApplyElsewhere}
	text, ok := said(ctx, c.ApplyURL)
	if !ok {
		return a
	}
	if address, ok := webAddress(text.Text); ok {
		a.Button, a.Host = address, host(address)
	} else if address, ok := mailAddress(strings.TrimPrefix(text.Text, "mailto:")); ok {
		a.Button, a.Mail, a.Host = address, true, strings.TrimPrefix(text.Text, "mailto:")
	} else {
		a.Unlinked = text.Text
	}
	return a
}

func contacts(people []jobposting.Contact) []contact {
	var out []contact
	for _, person := range people {
		c := contact{
			Name:  strings.TrimSpace(person.FirstName + " " + person.LastName),
			Phone: strings.TrimSpace(person.Phone), Mail: strings.TrimSpace(person.Email),
		}
		c.PhoneHref, _ = phoneAddress(c.Phone)
		c.MailHref, _ = mailAddress(c.Mail)
		if c.Name != "" || c.Phone != "" || c.Mail != "" {
			out = append(out, c)
		}
	}
	return out
}
