package main

import (
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// IdentityConfig is what strong identification and the keeping of persons need.
type IdentityConfig struct {
	PersonKeys secret.String `env:"PERSON_KEYS" usage:"keys that seal identity codes and tokens at rest, as portal keys generate prints them; needed with SUOMIFI_ISSUER and with SMTP_ADDR: they make the links in mails too"`
	MainUsers  secret.String `env:"MAIN_USERS" usage:"identity codes of the first main users of the staff register, separated by commas"`

	SuomifiIssuer   string        `env:"SUOMIFI_ISSUER" usage:"issuer of the identification service; empty closes log-in"`
	SuomifiClientID string        `env:"SUOMIFI_CLIENT_ID" usage:"the portal's client id at the identification service"`
	SuomifiKeys     secret.String `env:"SUOMIFI_KEYS" usage:"the portal's private signing and encryption keys as a JWK set, as portal keys suomifi prints it; the newest of each sign, all decrypt"`
	// SuomifiTrustedKeys are handed over by hand when the two get to know each other.
	SuomifiTrustedKeys   string   `env:"SUOMIFI_TRUSTED_KEYS" usage:"JWK set of the identification service, given by hand: its published key set must then be signed with one of them"`
	SuomifiDiscovery     bool     `env:"SUOMIFI_DISCOVERY" default:"true" usage:"read the service's addresses from its metadata; addresses given below win"`
	SuomifiAuthorizeURL  string   `env:"SUOMIFI_AUTHORIZE_URL" usage:"address of the authorization endpoint"`
	SuomifiTokenURL      string   `env:"SUOMIFI_TOKEN_URL" usage:"address of the token endpoint"`
	SuomifiKeysURL       string   `env:"SUOMIFI_KEYS_URL" usage:"address of the service's keys"`
	SuomifiUserInfoURL   string   `env:"SUOMIFI_USERINFO_URL" usage:"address of the user-info endpoint"`
	SuomifiLogOutURL     string   `env:"SUOMIFI_LOGOUT_URL" usage:"address of the log-out endpoint"`
	SuomifiScopes        []string `env:"SUOMIFI_SCOPES" default:"openid" usage:"scopes asked for"`
	SuomifiACR           []string `env:"SUOMIFI_ACR" default:"http://ftn.ficora.fi/2017/loa2=substantial,http://ftn.ficora.fi/2017/loa3=high" usage:"levels of assurance asked for and accepted, as value=substantial or value=high; levels for testing only where they stand here"`
	SuomifiServiceName   string   `env:"SUOMIFI_SERVICE_NAME" default:"Työmarkkinatori" usage:"name shown to the person at the service (ftn_spname), at most 40 characters"`
	SuomifiClaims        []string `env:"SUOMIFI_CLAIMS" usage:"claim names that differ from the Finnish Trust Network's: code=..., foreign_id=..., first_names=..., call_name=..., family_name=..., name=..., birth_date=..., country=..., municipality=..., non_disclosure=..., deceased=..., session=..."`
	SuomifiPKCE          bool     `env:"SUOMIFI_PKCE" default:"true" usage:"send a PKCE challenge (S256)"`
	SuomifiSigned        bool     `env:"SUOMIFI_SIGNED_REQUEST" default:"true" usage:"send the request as a signed object"`
	SuomifiEncrypted     bool     `env:"SUOMIFI_ENCRYPTED" default:"true" usage:"demand that ID tokens are encrypted"`
	SuomifiUserInfo      bool     `env:"SUOMIFI_USERINFO" default:"false" usage:"ask the user-info endpoint for what the ID token does not tell"`
	SuomifiEndSession    bool     `env:"SUOMIFI_END_SESSION" default:"true" usage:"lead people through the service's log-out where it has one"`
	SuomifiIssInAnswer   bool     `env:"SUOMIFI_ISS_IN_ANSWER" default:"false" usage:"demand that answers name their issuer (RFC 9207) even if the metadata do not promise it"`
	SuomifiSignatureAlgs []string `env:"SUOMIFI_SIGNATURE_ALGS" default:"RS256" usage:"signatures accepted on ID tokens"`
	SuomifiKeyAlgs       []string `env:"SUOMIFI_KEY_ALGS" default:"RSA-OAEP,RSA-OAEP-256" usage:"key encryption accepted on ID tokens"`
	SuomifiContentAlgs   []string `env:"SUOMIFI_CONTENT_ALGS" default:"A128CBC-HS256,A128GCM,A256GCM" usage:"content encryption accepted on ID tokens"`
	// SuomifiClientSecret is for services that know no private_key_jwt.
	SuomifiClientSecret secret.String `env:"SUOMIFI_CLIENT_SECRET" usage:"secret of the client; set, it is used in place of private_key_jwt"`
}

func (c *IdentityConfig) check(f *faults, publicURL, environment string) {
	_, err := c.mainUsers()
	f.refuse(err != nil, "MAIN_USERS", "must be identity codes separated by commas")
	if c.PersonKeys.IsSet() {
		_, err := secret.NewKeyring(c.PersonKeys.Reveal())
		f.refuse(err != nil, "PERSON_KEYS", "is not a set of keys such as portal keys generate prints")
	}
	if c.SuomifiIssuer == "" {
		return
	}
	f.refuse(!c.PersonKeys.IsSet(), "PERSON_KEYS", "is missing though SUOMIFI_ISSUER is set: portal keys generate prints a set")
	f.refuse(!isHTTP(c.SuomifiIssuer), "SUOMIFI_ISSUER", "must be an http or https address")
	f.refuse(c.SuomifiClientID == "", "SUOMIFI_CLIENT_ID", "is missing though SUOMIFI_ISSUER is set")
	f.refuse(!c.SuomifiKeys.IsSet(), "SUOMIFI_KEYS", "is missing though SUOMIFI_ISSUER is set: portal keys suomifi prints a set")
	if len(*f) > 0 {
		return
	}
	cfg, err := c.suomifi(publicURL, environment)
	f.refuse(err != nil, "SUOMIFI_CLAIMS", "must be pairs such as code=urn:oid:1.2.246.21")
	if err == nil {
		_, err = suomifi.New(cfg, time.Now)
		f.refuse(err != nil, "SUOMIFI_ISSUER", "and its settings do not fit together: "+why(err))
	}
}

func why(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// suomifi is the agreement with the identification service.
func (c *IdentityConfig) suomifi(publicURL, environment string) (suomifi.Config, error) {
	cfg := suomifi.FTN()
	cfg.Issuer, cfg.ClientID, cfg.Keys = c.SuomifiIssuer, c.SuomifiClientID, c.SuomifiKeys
	cfg.ClientSecret, cfg.PrivateKeyJWT = c.SuomifiClientSecret, !c.SuomifiClientSecret.IsSet()
	cfg.RedirectURL = publicURL + "/signin/callback"
	cfg.LogOutRedirectURL = publicURL + "/signin/out"
	cfg.KeysURL = publicURL + "/signin/keys"
	cfg.TrustedKeys, cfg.Discovery = c.SuomifiTrustedKeys, c.SuomifiDiscovery
	cfg.Endpoints = suomifi.Endpoints{
		Authorization: c.SuomifiAuthorizeURL, Token: c.SuomifiTokenURL, UserInfo: c.SuomifiUserInfoURL,
		Keys: c.SuomifiKeysURL, EndSession: c.SuomifiLogOutURL,
	}
	cfg.Scopes, cfg.ACR, cfg.ServiceName = c.SuomifiScopes, c.SuomifiACR, c.SuomifiServiceName
	cfg.PKCE, cfg.SignedRequest, cfg.Encrypted = c.SuomifiPKCE, c.SuomifiSigned, c.SuomifiEncrypted
	cfg.UserInfo, cfg.EndSession, cfg.IssuerInAnswer = c.SuomifiUserInfo, c.SuomifiEndSession, c.SuomifiIssInAnswer
	cfg.SignatureAlgorithms, cfg.KeyAlgorithms, cfg.ContentAlgorithms = c.SuomifiSignatureAlgs, c.SuomifiKeyAlgs, c.SuomifiContentAlgs
	cfg.PlainHTTP = environment == "development"
	return cfg, cfg.Claims.Set(c.SuomifiClaims)
}

// mainUsers reads MAIN_USERS.
func (c *IdentityConfig) mainUsers() ([]identity.Code, error) {
	var codes []identity.Code
	for text := range strings.SplitSeq(c.MainUsers.Reveal(), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		code, err := identity.ParseCode(text)
		if err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}
