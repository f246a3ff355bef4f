package main

import (
	"context"
	"flag"
	"net"
	"net/http"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/mandatesim"
	"tyomarkkinatori.fi/portal/cmd/simulator/oidcsim"
	"tyomarkkinatori.fi/portal/cmd/simulator/registersim"
	"tyomarkkinatori.fi/portal/cmd/simulator/scansim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// peopleSettings are those of the systems that know people and organisations.
type peopleSettings struct {
	identity, mandates, register, scanner string

	portal, client             string
	mandateClient, key, secret string
	offset                     time.Duration
	crowd                      int
}

func (s *peopleSettings) flags(text func(to *string, name, variable, fallback, help string), flags *flag.FlagSet) {
	text(&s.identity, "identity-addr", "IDENTITY_SIM_ADDR", "127.0.0.1:8093", "address of the identification service")
	text(&s.mandates, "mandates-addr", "MANDATES_SIM_ADDR", "127.0.0.1:8094", "address of e-Authorizations")
	text(&s.register, "register-addr", "REGISTER_SIM_ADDR", "127.0.0.1:8095", "address of the business register")
	text(&s.scanner, "scanner-addr", "SCANNER_SIM_ADDR", "127.0.0.1:8096", "address of the scanner of documents")
	text(&s.portal, "portal-url", "PORTAL_URL", "http://localhost:8080", "origin of the portal that people are sent back to")
	text(&s.client, "oidc-client", "OIDC_SIM_CLIENT", "portal", "client id of the portal at the identification service")
	text(&s.mandateClient, "mandates-client", "MANDATES_SIM_CLIENT", "a1b2c3d4", "client id at e-Authorizations")
	text(&s.key, "mandates-key", "MANDATES_SIM_KEY", "simulated-key", "API key at e-Authorizations")
	text(&s.secret, "mandates-password", "MANDATES_SIM_PASSWORD", "simulated-password", "OAuth password at e-Authorizations")
	flags.DurationVar(&s.offset, "clock-offset", 0, "how far the clock of identification and mandates is ahead of the machine's")
	flags.IntVar(&s.crowd, "crowd", 0, "how many people more there are, for load")
}

// start serves those systems that have an address.
func (s *peopleSettings) start(ctx context.Context, serve func(addr string, h http.Handler) (string, error), where *addresses) error {
	clock := func() time.Time { return time.Now().Add(s.offset) }
	w := world.Default()
	w.People = append(w.People, world.Crowd(s.crowd)...)
	portal := strings.TrimSuffix(s.portal, "/")
	systems := []struct {
		addr string
		to   *string
		make func() http.Handler
	}{
		{s.identity, &where.IdentityURL, func() http.Handler {
			return oidcsim.New(oidcsim.Options{Clock: clock, People: w.People, Client: oidcsim.Client{
				ID: s.client, RedirectURLs: []string{portal + "/signin/callback"}, LogOutRedirectURLs: []string{portal + "/signin/out"},
				KeysURL: portal + "/signin/keys", LogOutURL: portal + "/signin/logout",
			}})
		}},
		{s.mandates, &where.MandatesURL, func() http.Handler {
			return mandatesim.New(w, mandatesim.Options{ClientID: s.mandateClient, APIKey: s.key, Password: s.secret, Clock: clock})
		}},
		{s.register, &where.RegisterURL, func() http.Handler { return registersim.New(w, registersim.Options{Clock: clock}) }},
	}
	for _, system := range systems {
		if system.addr == "" {
			continue
		}
		var err error
		if *system.to, err = serve(system.addr, system.make()); err != nil {
			return err
		}
	}
	if s.scanner == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.scanner)
	if err != nil {
		return err
	}
	where.ScannerAddr = listener.Addr().String()
	go func() { _ = new(scansim.Scanner).Serve(ctx, listener) }()
	return nil
}
