package sessiontest

import (
	"context"
	"crypto/rand"
	"net/url"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
)

// Provider stands in for the identification service: it hands out the persons
// that a test puts into it. Tests of what the service itself may do wrong are
// those of the gateway.
type Provider struct {
	now func() time.Time

	mu sync.Mutex
	// by code of the answer
	people map[string]identity.Identified
	fault  error
	begun  []identity.SignInOptions
	hang   time.Duration
	away   bool
}

// ProviderOrigin is where the pages of the Provider would be.
const ProviderOrigin = "https://identification.example"

// NewProvider returns a provider that knows nobody yet.
func NewProvider(now func() time.Time) *Provider {
	return &Provider{now: now, people: map[string]identity.Identified{}}
}

// Will has the provider identify who, and returns the code that it answers with.
func (p *Provider) Will(who identity.Identified) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.people[code] = who
	return code
}

// Fail has every call fail with err until it is nil.
func (p *Provider) Fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = err
}

// Hang has every call take d, or until its context ends.
func (p *Provider) Hang(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hang = d
}

// GoAway has the provider's log-out not answer.
func (p *Provider) GoAway() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = true
}

// Begun lists what identifications were begun with.
func (p *Provider) Begun() []identity.SignInOptions {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]identity.SignInOptions(nil), p.begun...)
}

func (p *Provider) wait(ctx context.Context) error {
	p.mu.Lock()
	hang, fault := p.hang, p.fault
	p.mu.Unlock()
	if hang > 0 {
		select {
		case <-ctx.Done():
			return identity.ErrUnavailable
		case <-time.After(hang):
		}
	}
	return fault
}

// Begin makes up a log-in.
func (p *Provider) Begin(ctx context.Context, o identity.SignInOptions) (identity.SignIn, error) {
	if err := p.wait(ctx); err != nil {
		return identity.SignIn{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = append(p.begun, o)
	in := identity.SignIn{State: rand.Text() + rand.Text(), Nonce: rand.Text(), Verifier: rand.Text(), Fresh: o.Fresh}
	in.URL = ProviderOrigin + "/authorize?state=" + in.State
	return in, nil
}

// Finish identifies the person behind the answer's code.
func (p *Provider) Finish(ctx context.Context, in identity.SignIn, answer url.Values) (identity.Identified, error) {
	if err := p.wait(ctx); err != nil {
		return identity.Identified{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer.Get("error") != "" {
		return identity.Identified{}, identity.ErrCancelled
	}
	who, ok := p.people[answer.Get("code")]
	if !ok || answer.Get("state") != in.State {
		return identity.Identified{}, &identity.RefusedError{Reason: "code"}
	}
	delete(p.people, answer.Get("code"))
	who.At = p.now()
	return who, nil
}

// LogOutURL is the provider's log-out.
func (p *Provider) LogOutURL(_, state string, lang i18n.Lang) string {
	return ProviderOrigin + "/logout?state=" + state + "&ui_locales=" + string(lang)
}

// Answers tells whether the log-out would answer.
func (p *Provider) Answers(context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.away
}

// LogOutMessage takes a subject for a message about it.
func (p *Provider) LogOutMessage(_ context.Context, token string) (identity.LoggedOut, error) {
	if token == "" {
		return identity.LoggedOut{}, &identity.RefusedError{Reason: "logout_token"}
	}
	return identity.LoggedOut{Subject: token, ID: "message-of-" + token}, nil
}

// SignedKeys are no keys.
func (p *Provider) SignedKeys(context.Context) ([]byte, error) { return []byte("a.b.c"), nil }

// Keys are no keys.
func (p *Provider) Keys() []byte { return []byte(`{"keys":[]}`) }
