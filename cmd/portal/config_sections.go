package main

import (
	"strings"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// IdentityConfig is what strong identification and the keeping of persons need.
type IdentityConfig struct {
	PersonKeys secret.String `env:"PERSON_KEYS" usage:"keys that seal identity codes and tokens at rest: lines of id:base64, the newest first, and index:base64; portal keys generate prints a set"`
	MainUsers  secret.String `env:"MAIN_USERS" usage:"identity codes of the first main users of the staff register, separated by commas"`
}

func (c *IdentityConfig) check(f *faults, _ string) {
	_, err := c.mainUsers()
	f.refuse(err != nil, "MAIN_USERS", "must be identity codes separated by commas")
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

// MandateConfig is what acting for organisations needs.
type MandateConfig struct{}

func (c *MandateConfig) check(*faults) {}

// MailConfig is what sending mail needs.
type MailConfig struct {
	SMTPAddr string `env:"SMTP_ADDR" usage:"host and port of the mail server"`
}

func (c *MailConfig) check(f *faults) {
	f.refuse(c.SMTPAddr != "" && !isHostPort(c.SMTPAddr), "SMTP_ADDR", "must be host:port, such as mail.example.fi:25")
}

// PartnerConfig is what joining and casework need.
type PartnerConfig struct{}

func (c *PartnerConfig) check(*faults) {}
