package main

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
