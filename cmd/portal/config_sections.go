package main

import (
	"net/mail"
	"slices"

	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// MandateConfig is what acting for organisations needs.
type MandateConfig struct {
	MandatesURL string `env:"MANDATES_URL" usage:"origin of the e-Authorizations web API; empty lets nobody act for an organisation"`
	// MandatesBrowserURL differs where the API is called by another name.
	MandatesBrowserURL  string        `env:"MANDATES_BROWSER_URL" usage:"origin of e-Authorizations for browsers, if it is another"`
	MandatesClientID    string        `env:"MANDATES_CLIENT_ID" usage:"the portal's client id at e-Authorizations"`
	MandatesAPIKey      secret.String `env:"MANDATES_API_KEY" usage:"key that signs the calls to e-Authorizations"`
	MandatesPassword    secret.String `env:"MANDATES_PASSWORD" usage:"OAuth password at e-Authorizations"`
	MandateRoles        []string      `env:"MANDATE_ROLES" default:"NIMKO,ELI,TJ,YHM,S" usage:"roles of the trade register that give the right to act for an organisation, the weightiest first"`
	MandateURIs         []string      `env:"MANDATE_URIS" default:"http://valtuusrekisteri.suomi.fi/tyomarkkinatorin_kumppaniasiat" usage:"mandates of e-Authorizations that give it; the official names are to be had from DVV"`
	BusinessRegisterURL string        `env:"BUSINESS_REGISTER_URL" usage:"address of the business register's interface, such as https://avoindata.example/opendata-ytj-api/v3; empty asks nobody, and officers decide"`
}

func (c *MandateConfig) check(f *faults) {
	f.refuse(c.BusinessRegisterURL != "" && !isHTTP(c.BusinessRegisterURL), "BUSINESS_REGISTER_URL", "must be an http or https address without a password")
	if c.MandatesURL == "" {
		return
	}
	f.refuse(!isHTTP(c.MandatesURL), "MANDATES_URL", "must be an http or https address without a password")
	f.refuse(c.MandatesBrowserURL != "" && !isHTTP(c.MandatesBrowserURL), "MANDATES_BROWSER_URL", "must be an http or https address without a password")
	f.refuse(c.MandatesClientID == "", "MANDATES_CLIENT_ID", "is missing though MANDATES_URL is set")
	f.refuse(!c.MandatesAPIKey.IsSet(), "MANDATES_API_KEY", "is missing though MANDATES_URL is set")
	f.refuse(!c.MandatesPassword.IsSet(), "MANDATES_PASSWORD", "is missing though MANDATES_URL is set")
	f.refuse(len(c.MandateRoles)+len(c.MandateURIs) == 0, "MANDATE_ROLES", "is empty, and so is MANDATE_URIS: nobody could act for anybody")
}

// MailConfig is what sending mail needs.
type MailConfig struct {
	SMTPAddr       string        `env:"SMTP_ADDR" usage:"host and port of the mail server; empty keeps mails until there is one"`
	SMTPTLS        string        `env:"SMTP_TLS" default:"starttls" usage:"none, starttls or tls"`
	SMTPUser       string        `env:"SMTP_USER" usage:"user at the mail server; empty sends without log-in"`
	SMTPPassword   secret.String `env:"SMTP_PASSWORD" usage:"password of SMTP_USER"`
	MailFrom       string        `env:"MAIL_FROM" default:"Työmarkkinatori <ei-vastausta@tyomarkkinatori.example>" usage:"sender of every mail; its domain must be the portal's own"`
	MailsPerMinute int           `env:"MAILS_PER_MINUTE" default:"6000" usage:"most mails handed to the mail server in a minute: what it takes; 200,000 job watches need 30,000"`
}

func (c *MailConfig) check(f *faults) {
	f.refuse(c.SMTPAddr != "" && !isHostPort(c.SMTPAddr), "SMTP_ADDR", "must be host:port, such as mail.example.fi:25")
	f.refuse(!slices.Contains([]string{"none", "starttls", "tls"}, c.SMTPTLS), "SMTP_TLS", "must be none, starttls or tls")
	f.refuse(c.SMTPUser != "" && !c.SMTPPassword.IsSet(), "SMTP_PASSWORD", "is missing though SMTP_USER is set")
	_, err := mail.ParseAddress(c.MailFrom)
	f.refuse(err != nil, "MAIL_FROM", "must be an address, such as Name <address@example.fi>")
}

// PartnerConfig is what joining and casework need.
type PartnerConfig struct {
	SampleRate         float64       `env:"SAMPLE_RATE" default:"0.05" usage:"share of automatically approved applications, 0 to 1, that are marked for post-supervision"`
	SampleSeed         secret.String `env:"SAMPLE_SEED" usage:"secret that chooses them; a new one chooses others"`
	ProcessorAgreement bool          `env:"PROCESSOR_AGREEMENT" default:"false" usage:"true opens the processing of personal data by partners, after a processor agreement"`
	CaseWorkingDays    int           `env:"CASE_WORKING_DAYS" default:"5" usage:"working days in which an officer is to decide an application"`
	AppealDays         int           `env:"APPEAL_DAYS" usage:"days from being informed of a decision in which one may object to it, as the appeal instructions tell; without it they name the Administrative Procedure Act only"`
	ScannerAddr        string        `env:"SCANNER_ADDR" usage:"host and port of the clamd that scans documents; without it no document is taken"`
}

func (c *PartnerConfig) check(f *faults) {
	f.refuse(c.ScannerAddr != "" && !isHostPort(c.ScannerAddr), "SCANNER_ADDR", "must be host:port")
}

// rules are those of automatic decisions.
func (c *PartnerConfig) rules() partner.Rules {
	return partner.Rules{SampleRate: c.SampleRate, SampleSeed: c.SampleSeed.Reveal()}
}

// KeepingConfig is what the keeping and the deletion of personal data need.
type KeepingConfig struct {
	ErasureJournal  string `env:"ERASURE_JOURNAL" usage:"file that remembers which accounts are gone, outside of the database and its backups and the same for all processes; needed in production with SUOMIFI_ISSUER"`
	HandoverDir     string `env:"HANDOVER_DIR" usage:"folder for the packages that go to the National Archives; without it what is to be handed over is neither handed over nor deleted"`
	PartnerInterest bool   `env:"PARTNER_INTEREST" default:"false" usage:"true lets persons tell their interest in partners' service areas, with the consent that goes with it"`
}

func (c *KeepingConfig) check(f *faults, needed bool) {
	f.refuse(needed && c.ErasureJournal == "", "ERASURE_JOURNAL", "is missing: after a restore from backup, accounts deleted since would be back")
}
