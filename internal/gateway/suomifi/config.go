package suomifi

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// Config is what the portal and the provider have agreed on. [FTN] gives the
// values of the Finnish Trust Network.
type Config struct {
	// Issuer names the provider; its metadata lie below it.
	Issuer string
	// ClientID names the portal at the provider.
	ClientID string
	// RedirectURL is where people come back to, LogOutRedirectURL where they
	// come to from the provider's log-out; the provider knows both exactly.
	RedirectURL, LogOutRedirectURL string
	// KeysURL is where the portal's signed key set is published; it is told in
	// the entity statement.
	KeysURL string
	// Keys are the portal's private keys as a JWK set; see [GenerateKeys].
	Keys secret.String
	// ClientSecret is sent when PrivateKeyJWT is off.
	ClientSecret secret.String

	// Discovery reads the endpoints from the provider's metadata. Endpoints that
	// are set here win.
	Discovery bool
	Endpoints Endpoints
	// TrustedKeys is a JWK set handed over by hand. When set, the provider's key
	// set must be signed with one of them.
	TrustedKeys string

	Scopes []string
	// ACR are the levels of assurance that are asked for and accepted, written
	// value=substantial or value=high. Values for testing are accepted only when
	// they stand here.
	ACR []string
	// ServiceName is shown to the person at the provider (ftn_spname), at most
	// 40 characters; empty sends none.
	ServiceName string

	PKCE          bool
	SignedRequest bool
	PrivateKeyJWT bool
	// Encrypted demands that ID tokens are encrypted to us.
	Encrypted bool
	// UserInfo asks the provider's user-info endpoint for what the ID token does
	// not tell.
	UserInfo bool
	// EndSession leads people through the provider's log-out, if it has one.
	EndSession bool
	// IssuerInAnswer demands that answers carry iss (RFC 9207); the provider's
	// metadata may demand it, too.
	IssuerInAnswer bool
	// PlainHTTP allows addresses without TLS, for development only.
	PlainHTTP bool

	// Within bounds everything that happens when a person comes back; the calls
	// before the person goes have two fifths of it.
	Within time.Duration

	SignatureAlgorithms []string
	KeyAlgorithms       []string
	ContentAlgorithms   []string

	Claims Claims
}

// Endpoints are the provider's addresses.
type Endpoints struct {
	Authorization, Token, UserInfo, Keys, EndSession string
}

// Claims are the names under which the provider tells of a person. A name may
// be empty: that is then not read. Only what the portal uses is read.
type Claims struct {
	// Code is the Finnish identity code, ForeignID the identifier of eIDAS.
	Code, ForeignID string
	FirstNames      string
	CallName        string
	FamilyName      string
	// Name is the whole name, family name first, for sources that do not tell
	// names apart.
	Name      string
	BirthDate string
	// Country is where the person lives, as two letters.
	Country       string
	Municipality  string
	NonDisclosure string
	// Deceased is a date or a flag; with it nobody is logged in.
	Deceased string
	// Session names the session at the provider.
	Session string
}

// FTN returns the settings of the Finnish Trust Network's profile, without the
// provider's and the portal's own. Names that only Suomi.fi can tell are the
// attribute names of its SAML interface, to be confirmed with DVV.
func FTN() Config {
	return Config{
		Discovery: true,
		Scopes:    []string{"openid"},
		ACR: []string{
			"http://ftn.ficora.fi/2017/loa2=substantial",
			"http://ftn.ficora.fi/2017/loa3=high",
		},
		PKCE: true, SignedRequest: true, PrivateKeyJWT: true, Encrypted: true, EndSession: true,
		Within:              5 * time.Second,
		SignatureAlgorithms: []string{"RS256"},
		KeyAlgorithms:       []string{"RSA-OAEP", "RSA-OAEP-256"},
		ContentAlgorithms:   []string{"A128CBC-HS256", "A128GCM", "A256GCM"},
		Claims: Claims{
			Code:          "urn:oid:1.2.246.21",
			ForeignID:     "http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier",
			FirstNames:    "urn:oid:1.2.246.575.1.14",
			CallName:      "urn:oid:2.5.4.42",
			FamilyName:    "urn:oid:2.5.4.4",
			Name:          "urn:oid:2.16.840.1.113730.3.1.241",
			BirthDate:     "urn:oid:1.3.6.1.5.5.7.9.1",
			Municipality:  "urn:oid:1.2.246.517.2002.2.18",
			NonDisclosure: "urn:oid:1.2.246.517.2002.2.27",
			Deceased:      "date_of_death",
			Session:       "sid",
		},
	}
}

// Set changes claim names: each pair is written field=claim, such as
// code=personal_identity_code. The fields are code, foreign_id, first_names,
// call_name, family_name, name, birth_date, country, municipality,
// non_disclosure, deceased and session.
func (c *Claims) Set(pairs []string) error {
	fields := map[string]*string{
		"code": &c.Code, "foreign_id": &c.ForeignID, "first_names": &c.FirstNames, "call_name": &c.CallName,
		"family_name": &c.FamilyName, "name": &c.Name, "birth_date": &c.BirthDate, "country": &c.Country, "municipality": &c.Municipality,
		"non_disclosure": &c.NonDisclosure, "deceased": &c.Deceased, "session": &c.Session,
	}
	for _, pair := range pairs {
		field, claim, ok := strings.Cut(pair, "=")
		to := fields[strings.TrimSpace(field)]
		if !ok || to == nil {
			return fmt.Errorf("%q is not field=claim with a known field", pair)
		}
		*to = strings.TrimSpace(claim)
	}
	return nil
}

// ofPerson are the names of claims about the person, not about the log-in.
func (c *Claims) ofPerson() []string {
	return []string{
		c.Code, c.ForeignID, c.FirstNames, c.CallName, c.FamilyName, c.Name,
		c.BirthDate, c.Country, c.Municipality, c.NonDisclosure, c.Deceased,
	}
}

func (c *Config) beginWithin() time.Duration { return c.Within * 2 / 5 }

// check returns the levels by value of acr, or every fault at once.
func (c *Config) check() (map[string]identity.Level, error) {
	var faults []error
	need := func(ok bool, why string) {
		if !ok {
			faults = append(faults, errors.New(why))
		}
	}
	need(c.Issuer != "", "the issuer is missing")
	need(c.ClientID != "", "the client id is missing")
	need(c.RedirectURL != "", "the redirect address is missing")
	need(c.Discovery || c.Endpoints.Authorization != "" && c.Endpoints.Token != "" && c.Endpoints.Keys != "",
		"without discovery the endpoints authorization, token and keys must be given")
	need(c.PrivateKeyJWT || c.ClientSecret.IsSet(), "without private_key_jwt there must be a client secret")
	need(slices.Contains(c.Scopes, "openid"), "the scopes must hold openid")
	need(c.Within > 0, "there is no time for an answer")
	need(len([]rune(c.ServiceName)) <= 40, "the service name has more than 40 characters")
	need(len(c.SignatureAlgorithms) > 0 && len(c.KeyAlgorithms) > 0 && len(c.ContentAlgorithms) > 0, "algorithms are missing")
	for _, alg := range slices.Concat(c.SignatureAlgorithms, c.KeyAlgorithms, c.ContentAlgorithms) {
		need(slices.Contains(soundAlgorithms, alg), fmt.Sprintf("the algorithm %q is not sound or not known", alg))
	}
	need(c.Claims.Code != "" || c.Claims.ForeignID != "", "neither the code nor the eIDAS identifier has a claim")
	for _, address := range []string{c.Issuer, c.RedirectURL, c.LogOutRedirectURL, c.KeysURL} {
		need(address == "" || c.isAddress(address), fmt.Sprintf("%q is no https address", address))
	}
	for _, v := range reflect.ValueOf(c.Endpoints).Fields() {
		need(v.String() == "" || c.isAddress(v.String()), fmt.Sprintf("%q is no https address", v.String()))
	}
	levels := map[string]identity.Level{}
	for _, text := range c.ACR {
		i := strings.LastIndex(text, "=")
		level := identity.Level(text[i+1:])
		if i < 1 || level != identity.LevelSubstantial && level != identity.LevelHigh {
			need(false, fmt.Sprintf("%q is not value=substantial or value=high", text))
			continue
		}
		levels[text[:i]] = level
	}
	need(len(levels) > 0, "no level of assurance is accepted")
	return levels, errors.Join(faults...)
}

// soundAlgorithms leaves out everything that is broken, symmetric, or known to
// be hard to use safely.
var soundAlgorithms = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
	"RSA-OAEP", "RSA-OAEP-256",
	"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM",
}

func (c *Config) isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && u.User == nil && u.Fragment == "" &&
		(u.Scheme == "https" || c.PlainHTTP && u.Scheme == "http")
}

// origins returns the origins of addresses, each once.
func origins(addresses ...string) []string {
	var all []string
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil || u.Host == "" {
			continue
		}
		if origin := u.Scheme + "://" + u.Host; !slices.Contains(all, origin) {
			all = append(all, origin)
		}
	}
	return all
}
