package jobwatch_test

import (
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
)

// begins confirms an order and leaves the mail about it in the outbox.
func (p *portal) begins() (manage string) {
	p.t.Helper()
	p.do(p.watches.Order(p.t.Context(), p.order(jobwatch.Daily, "kokki")))
	p.work()
	_, token, _ := strings.Cut(p.server.bodies()[0], "/confirm/")
	orders, err := p.watches.Orders(p.t.Context(), token)
	p.do(err)
	for range 2 { // twice has one effect
		manage, err = p.watches.Confirm(p.t.Context(), token, orders[0].ID)
		p.do(err)
	}
	return manage
}

func TestTheMailOfTheBeginningGoesWithItsLinks(t *testing.T) {
	t.Parallel()

	for name, act := range map[string]func(p *portal, manage string) error{
		"ended": func(p *portal, manage string) error {
			_, err := p.watches.Cancel(t.Context(), jobwatch.ToManage, manage)
			return err
		},
		"links closed": func(p *portal, manage string) error {
			_, err := p.watches.NewLinks(t.Context(), manage)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := newPortal(t)
			manage := p.begins()
			if n := p.count("SELECT count(*) FROM mail_outbox WHERE kind = 'watch_begun' AND status = 'waiting'"); n != 1 {
				t.Fatalf("%d mails tell of the beginning", n)
			}
			p.do(act(p, manage))
			p.work()
			p.want()
		})
	}
}

func TestAWatchWhoseBeginningIsRefusedStops(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	manage := p.begins()
	p.server.reply = &mail.ReplyError{Code: 550, Address: true}
	p.work()
	if s, err := p.watches.Manage(t.Context(), manage); err != nil || s.State != jobwatch.Suspended {
		t.Errorf("got %v, %v", s.State, err)
	}
}
