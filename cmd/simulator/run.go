package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink"
	"tyomarkkinatori.fi/portal/cmd/simulator/seekers"
	"tyomarkkinatori.fi/portal/cmd/simulator/tesim"
)

const usage = `simulator runs stand-ins for the systems around the portal. All data is invented.

  the TE system   P67 v2 and v1 over made-up postings that live on; GET / lists its switches
  a mail server   keeps every mail and shows it on a page
  identification  an OpenID provider over invented people; GET / lists its switches
  mandates        e-Authorizations: who may act for which organisation
  a business register, and a scanner of documents
  job seekers     people who order job watches at the portal

Each flag may also be set by the environment variable in brackets; a flag wins.
Port 0 takes a free one. An empty address leaves that system out.

`

// settings are what the command line and the environment say.
type settings struct {
	te       tesim.Options
	rate     tesim.Rate
	teAddr   string
	smtpAddr string
	inbox    string
	seekers  string
	people   peopleSettings
	json     bool
}

// addresses are told on standard output once everything listens.
type addresses struct {
	TEURL    string `json:"te_url,omitempty"`
	P67URL   string `json:"p67_url,omitempty"`
	V1URL    string `json:"v1_url,omitempty"`
	TokenURL string `json:"token_url,omitempty"`
	SMTPAddr string `json:"smtp_addr,omitempty"`
	InboxURL string `json:"inbox_url,omitempty"`

	IdentityURL string `json:"identity_url,omitempty"`
	MandatesURL string `json:"mandates_url,omitempty"`
	RegisterURL string `json:"register_url,omitempty"`
	ScannerAddr string `json:"scanner_addr,omitempty"`
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	set, err := read(args, getenv, stderr)
	if err != nil {
		return err
	}
	var where addresses
	var servers []*http.Server
	failed := make(chan error, 8)
	serve := func(addr string, h http.Handler) (string, error) {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			return "", err
		}
		// No write timeout: a snapshot may take long, and some faults for ever.
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
		servers = append(servers, server)
		go func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
		return "http://" + listener.Addr().String(), nil
	}
	defer func() {
		for _, server := range servers {
			// At once: a client may hang on a fault. Nothing is lost by it.
			_ = server.Close()
		}
	}()

	town := seekers.Seekers{Portal: strings.TrimSuffix(set.people.portal, "/"), File: set.seekers, Pause: time.Second}
	if set.teAddr != "" {
		system := tesim.New(set.te)
		town.Open = func() int { return system.Status().Published }
		town.Publish = func(n int) { system.Publish(n) }
		base, err := serve(set.teAddr, system)
		if err != nil {
			return err
		}
		where.TEURL = base
		where.P67URL = base + "/kipa/p67/v2/jobpostings"
		where.V1URL = base + "/jobpostingprovider/v1/tyopaikat"
		where.TokenURL = base + "/oauth2/v2.0/token"
		go system.Live(ctx, set.rate)
	}
	if set.smtpAddr != "" {
		sink, err := mailsink.Start(mailsink.Options{Addr: set.smtpAddr, Clock: time.Now})
		if err != nil {
			return err
		}
		defer func() {
			// The process ends with it.
			_ = sink.Close()
		}()
		where.SMTPAddr = sink.Addr()
		town.Mails = func(to string) []string {
			var texts []string
			for _, m := range sink.Messages(to) {
				texts = append(texts, m.Content().Text)
			}
			return texts
		}
		if set.inbox != "" {
			if where.InboxURL, err = serve(set.inbox, sink.Handler()); err != nil {
				return err
			}
		}
	}
	if err := set.people.start(ctx, serve, &where); err != nil {
		return err
	}
	if err := tell(stdout, where, set.json); err != nil {
		return err
	}
	if town.File != "" && town.Open != nil && town.Mails != nil {
		go func() {
			if _, err := town.Settle(ctx); err != nil && ctx.Err() == nil {
				fmt.Fprintln(stderr, "job seekers:", err)
			}
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func read(args []string, getenv func(string) string, stderr io.Writer) (settings, error) {
	set := settings{te: tesim.Options{Clock: time.Now}}
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	var faults []error
	env := func(name, fallback string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return fallback
	}
	text := func(to *string, name, variable, fallback, help string) {
		flags.StringVar(to, name, env(variable, fallback), help+" ["+variable+"]")
	}
	whole := func(name, variable string, fallback int, help string) *int {
		value := fallback
		if v := getenv(variable); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 {
				faults = append(faults, fmt.Errorf("%s: %q is not a number", variable, v))
			}
			value = n
		}
		return flags.Int(name, value, help+" ["+variable+"]")
	}
	text(&set.teAddr, "te-addr", "TE_SIM_ADDR", "127.0.0.1:8091", "address of the TE system")
	text(&set.smtpAddr, "smtp-addr", "SMTP_SIM_ADDR", "127.0.0.1:8025", "address of the mail server")
	text(&set.inbox, "inbox-addr", "INBOX_ADDR", "127.0.0.1:8092", "address of the mail server's inbox page")
	postings := whole("postings", "TE_SIM_POSTINGS", 20_000, "how many postings the TE system starts with")
	seed := whole("seed", "TE_SIM_SEED", 1, "which postings they are")
	text(&set.te.Key, "key", "TE_SIM_KEY", "simulated-key", "subscription key of P67")
	text(&set.te.ClientID, "client-id", "TE_SIM_CLIENT_ID", "simulated-client", "client of v1")
	text(&set.te.ClientSecret, "client-secret", "TE_SIM_CLIENT_SECRET", "simulated-secret", "secret of v1's client")
	limit := whole("rate-limit", "TE_SIM_RATE_LIMIT", 600, "P67 requests answered in a minute")
	var rate string
	text(&rate, "rate", "TE_SIM_RATE", "4,6,3", "postings published, changed and archived in a minute")
	text(&set.seekers, "seekers", "SEEKERS_SIM", "", "file in which job seekers note the job watches that they order at the portal; empty for nobody")
	set.people.flags(text, flags)
	flags.BoolVar(&set.json, "json", false, "tell the addresses as one line of JSON")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		faults = append(faults, fmt.Errorf("%q is not understood", flags.Arg(0)))
	}
	if *postings < 0 || *seed < 0 || *limit < 1 {
		faults = append(faults, errors.New("postings and seed must not be negative, rate-limit at least 1"))
	}
	set.te.Postings, set.te.Seed, set.te.RateLimit = *postings, uint64(max(0, *seed)), *limit
	var err error
	if set.rate, err = readRate(rate); err != nil {
		faults = append(faults, err)
	}
	return set, errors.Join(faults...)
}

func readRate(text string) (tesim.Rate, error) {
	var numbers []float64
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || n < 0 || n > 60_000 {
			return tesim.Rate{}, fmt.Errorf("rate: %q is not a number of postings in a minute", part)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) != 3 {
		return tesim.Rate{}, fmt.Errorf("rate: %q is not three numbers with commas", text)
	}
	return tesim.Rate{Published: numbers[0], Changed: numbers[1], Archived: numbers[2]}, nil
}

func tell(w io.Writer, where addresses, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(where)
	}
	for _, line := range [][2]string{
		{"TE system", where.TEURL},
		{"P67", where.P67URL},
		{"v1", where.V1URL},
		{"v1 token", where.TokenURL},
		{"mail (SMTP)", where.SMTPAddr},
		{"mail inbox", where.InboxURL},
		{"identification", where.IdentityURL},
		{"mandates", where.MandatesURL},
		{"business register", where.RegisterURL},
		{"scanner", where.ScannerAddr},
	} {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-17s %s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}
