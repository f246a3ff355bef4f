package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/secret"
)

// Config is everything about its surroundings that the portal is told. The tag
// env names the variable, default the value when it is not set, and usage says
// what it is for; README's table is held to them by a test. A secret may also be
// given as a file: <NAME>_FILE.
type Config struct {
	Environment string `env:"ENVIRONMENT" default:"production" usage:"production or development; development shows the page of components and allows plain http"`
	ListenAddr  string `env:"LISTEN_ADDR" default:"127.0.0.1:8080" usage:"address and port of the pages"`
	MetricsAddr string `env:"METRICS_ADDR" default:"127.0.0.1:9090" usage:"loopback address and port of the metrics; off for none"`
	PublicURL   string `env:"PUBLIC_URL" usage:"origin at which people reach the portal, such as https://example.fi; links in feeds and mails begin with it"`
	// TrustedProxies are the only peers whose X-Forwarded-For counts.
	TrustedProxies []string `env:"TRUSTED_PROXIES" usage:"addresses or networks of proxies in front, separated by commas; only their X-Forwarded-For is believed"`

	// FormKey must be the same in every process of the portal.
	FormKey secret.String `env:"FORM_KEY" usage:"at least 32 secret characters, the same in every process: signs the tokens of forms"`

	DatabaseURL secret.String `env:"DATABASE_URL" usage:"address of the Postgres database: postgres://user:password@host:port/name"`
	// DatabaseOwnerURL keeps the right to change what was recorded away from the
	// process that records it.
	DatabaseOwnerURL secret.String `env:"DATABASE_OWNER_URL" usage:"address with which portal migrate owns the schema; the user of DATABASE_URL then gets only the rights it needs, and none to change audit events. Without it one user does both"`
	DatabaseConns    int           `env:"DATABASE_CONNS" default:"16" usage:"most connections to the database at a time"`
	StatementTimeout time.Duration `env:"STATEMENT_TIMEOUT" default:"5s" usage:"longest time that a statement for a page may take"`

	TEFeedURL      string        `env:"TE_FEED_URL" usage:"address of the TE system's feed; empty reads none"`
	TEFeedKind     string        `env:"TE_FEED_KIND" default:"p67" usage:"interface behind TE_FEED_URL: p67 (search interface v2) or v1 (fetch interface)"`
	TEFeedKey      secret.String `env:"TE_FEED_KEY" usage:"p67: subscription key"`
	TETokenURL     string        `env:"TE_TOKEN_URL" usage:"v1: address that gives access tokens; without it the feed is called without one"`
	TEClientID     string        `env:"TE_CLIENT_ID" usage:"v1: client identifier"`
	TEClientSecret secret.String `env:"TE_CLIENT_SECRET" usage:"v1: client secret"`
	TEScope        string        `env:"TE_SCOPE" usage:"v1: scope of the access token"`
	TEPageSize     int           `env:"TE_PAGE_SIZE" default:"500" usage:"v1: postings on a page of the feed, 100 to 500"`
	TEFeedInterval time.Duration `env:"TE_FEED_INTERVAL" default:"30s" usage:"time between two readings of the feed"`

	IdentityConfig
	MandateConfig
	MailConfig
	PartnerConfig
	KeepingConfig

	VoikkoDictionary  string `env:"VOIKKO_DICTIONARY" default:"/usr/lib/voikko/5/mor-standard/mor.vfst" usage:"the Finnish dictionary from the Debian package voikko-fi; without the file Finnish words are only stemmed"`
	PagesPerMinute    int    `env:"PAGES_PER_MINUTE" default:"1200" usage:"pages that one address may have made in a minute; pages from memory do not count"`
	SearchesPerMinute int    `env:"SEARCHES_PER_MINUTE" default:"600" usage:"searches that one address may have made in a minute"`
	// ClockOffset moves the clock of everything that is stored or compared with
	// what is stored, for trying out deadlines and periods.
	ClockOffset       time.Duration `env:"CLOCK_OFFSET" default:"0s" usage:"development only: how far the portal's clock is ahead of the machine's, such as 48h or -720h"`
	ServeWithoutTasks bool          `env:"SERVE_WITHOUT_TASKS" default:"false" usage:"true when portal work runs the tasks in a process of its own"`
}

// metricsOff is the value of METRICS_ADDR that serves no metrics.
const metricsOff = "off"

// settingError is what is wrong with one variable. It never holds a secret.
type settingError struct{ name, why string }

func (e settingError) Error() string { return e.name + ": " + e.why }

// faults collects what is wrong, the first of each variable.
type faults []error

func (f *faults) refuse(bad bool, name, why string) {
	named := func(e error) bool { return strings.HasPrefix(e.Error(), name+": ") }
	if bad && !slices.ContainsFunc(*f, named) {
		*f = append(*f, settingError{name, why})
	}
}

// loadConfig reads the configuration and reports every fault at once, each with
// the name of its variable and never with a secret.
func loadConfig(getenv func(string) string) (Config, error) {
	var c Config
	var f faults
	for field, value := range settings(reflect.ValueOf(&c).Elem()) {
		name := field.Tag.Get("env")
		text, err := lookUp(getenv, name, value.Type() == reflect.TypeFor[secret.String]())
		if text == "" {
			text = field.Tag.Get("default")
		}
		if err == nil {
			err = setField(value, text)
		}
		if err != nil {
			f.refuse(true, name, err.Error())
		}
	}
	c.check(&f)
	c.checkFeed(&f)
	c.IdentityConfig.check(&f, c.PublicURL, c.Environment)
	c.MandateConfig.check(&f)
	c.MailConfig.check(&f)
	f.refuse(c.SMTPAddr != "" && !c.PersonKeys.IsSet(), "PERSON_KEYS", "is missing though SMTP_ADDR is set: links in mails are made with it, and portal keys generate prints a set")
	c.PartnerConfig.check(&f)
	c.KeepingConfig.check(&f, c.Environment == "production" && c.SuomifiIssuer != "")
	return c, errors.Join(f...)
}

// settings yields the fields of a configuration, those of its sections among
// them.
func settings(config reflect.Value) iter.Seq2[reflect.StructField, reflect.Value] {
	return func(yield func(reflect.StructField, reflect.Value) bool) {
		for field, value := range config.Fields() {
			if field.Anonymous {
				for field, value := range settings(value) {
					if !yield(field, value) {
						return
					}
				}
			} else if !yield(field, value) {
				return
			}
		}
	}
}

func lookUp(getenv func(string) string, name string, isSecret bool) (string, error) {
	text := getenv(name)
	file := getenv(name + "_FILE")
	if !isSecret || file == "" {
		return text, nil
	}
	if text != "" {
		return "", fmt.Errorf("is set, and so is %s_FILE: keep one", name)
	}
	b, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return "", fmt.Errorf("the file of %s_FILE cannot be read", name)
	}
	return strings.TrimSpace(string(b)), nil
}

func setField(v reflect.Value, text string) error {
	var err error
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = text
	case *secret.String:
		*p = secret.New(text)
	case *[]string:
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*p = append(*p, part)
			}
		}
	case *int:
		if text == "" {
			return nil // not set, and without a default
		}
		if *p, err = strconv.Atoi(text); err != nil || *p < 1 {
			return errors.New("must be a whole number from 1 up")
		}
	case *float64:
		if *p, err = strconv.ParseFloat(text, 64); err != nil || *p < 0 || *p > 1 {
			return errors.New("must be a share from 0 to 1")
		}
	case *bool:
		if *p, err = strconv.ParseBool(text); err != nil {
			return errors.New("must be true or false")
		}
	case *time.Duration:
		if *p, err = time.ParseDuration(text); err != nil {
			return errors.New("must be a time such as 30s or 5m")
		}
	default:
		panic(fmt.Sprintf("config: no way to read a %T", p))
	}
	return nil
}

func (c *Config) check(f *faults) {
	f.refuse(c.Environment != "production" && c.Environment != "development", "ENVIRONMENT", "must be production or development")
	f.refuse(!isHostPort(c.ListenAddr), "LISTEN_ADDR", "must be host:port, such as 0.0.0.0:8080")
	f.refuse(c.MetricsAddr != metricsOff && !isLoopback(c.MetricsAddr), "METRICS_ADDR", "must be a loopback address and port, such as 127.0.0.1:9090, or off")
	origin, err := url.Parse(c.PublicURL)
	isOrigin := err == nil && origin.Host != "" && origin.Path == "" && origin.RawQuery == "" && origin.User == nil
	switch {
	case c.PublicURL == "":
		f.refuse(true, "PUBLIC_URL", "is missing: give the origin at which people reach the portal, such as https://example.fi")
	case !isOrigin:
		f.refuse(true, "PUBLIC_URL", "must be an origin without a path, such as https://example.fi")
	default:
		plain := c.Environment == "development" && origin.Scheme == "http"
		f.refuse(origin.Scheme != "https" && !plain, "PUBLIC_URL", "must begin with https:// (http:// only with ENVIRONMENT=development)")
	}
	for _, p := range c.TrustedProxies {
		_, errAddr := netip.ParseAddr(p)
		_, errNet := netip.ParsePrefix(p)
		f.refuse(errAddr != nil && errNet != nil, "TRUSTED_PROXIES", "must be addresses or networks such as 10.0.0.0/8")
	}
	db := c.DatabaseURL.Reveal()
	f.refuse(db == "", "DATABASE_URL", "is missing: give postgres://user:password@host:port/name")
	f.refuse(!isPostgres(db), "DATABASE_URL", "must be postgres://user:password@host:port/name")
	owner := c.DatabaseOwnerURL.Reveal()
	f.refuse(owner != "" && !isPostgres(owner), "DATABASE_OWNER_URL", "must be postgres://user:password@host:port/name")
	f.refuse(c.StatementTimeout <= 0, "STATEMENT_TIMEOUT", "must be longer than nothing")
	f.refuse(c.TEFeedInterval < time.Second, "TE_FEED_INTERVAL", "must be at least 1s")
	f.refuse(c.ClockOffset != 0 && c.Environment != "development", "CLOCK_OFFSET", "is a test switch: only with ENVIRONMENT=development")
	f.refuse(len(c.FormKey.Reveal()) < 32, "FORM_KEY", "must be at least 32 secret characters, such as openssl rand -base64 32 prints")
}

func (c *Config) checkFeed(f *faults) {
	f.refuse(c.TEFeedKind != "p67" && c.TEFeedKind != "v1", "TE_FEED_KIND", "must be p67 or v1")
	if c.TEFeedURL == "" {
		return
	}
	f.refuse(!isHTTP(c.TEFeedURL), "TE_FEED_URL", "must be an http or https address without a password")
	if c.TEFeedKind == "v1" {
		withToken := c.TETokenURL != ""
		f.refuse(withToken && !isHTTP(c.TETokenURL), "TE_TOKEN_URL", "must be an http or https address without a password")
		f.refuse(withToken && c.TEClientID == "", "TE_CLIENT_ID", "is missing though TE_TOKEN_URL is set")
		f.refuse(withToken && !c.TEClientSecret.IsSet(), "TE_CLIENT_SECRET", "is missing though TE_TOKEN_URL is set")
		f.refuse(c.TEPageSize < 100 || c.TEPageSize > 500, "TE_PAGE_SIZE", "must be from 100 to 500")
	} else {
		// A server on a developer's desk may take anybody.
		f.refuse(!c.TEFeedKey.IsSet() && c.Environment == "production", "TE_FEED_KEY", "is missing though TE_FEED_KIND is p67")
	}
}

func isHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

func isPostgres(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && u.Host != ""
}

func isHostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n <= 65535
}

func isLoopback(s string) bool {
	host, _, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// print writes the effective configuration, secrets hidden.
func (c *Config) print(w io.Writer) error {
	for field, value := range settings(reflect.ValueOf(c).Elem()) {
		shown := fmt.Sprint(value.Interface())
		if list, ok := reflect.TypeAssert[[]string](value); ok {
			shown = strings.Join(list, ",")
		}
		if u, err := url.Parse(shown); err == nil && u.Host != "" && u.RawQuery != "" {
			u.RawQuery = "***" // keys are passed there, too
			shown = u.String()
		}
		if _, err := fmt.Fprintf(w, "%s=%s\n", field.Tag.Get("env"), shown); err != nil {
			return err
		}
	}
	return nil
}
