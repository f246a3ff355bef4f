package jobwatch

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// normalAddress is what two ways of writing one mailbox have in common: small
// letters, no tag after a plus, and at Gmail no dots. It serves counting only;
// mails go to the address as it was typed.
func normalAddress(address string) string {
	address = strings.ToLower(norm.NFC.String(strings.TrimSpace(address)))
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, domain := address[:at], address[at+1:]
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	if before, _, found := strings.Cut(local, "+"); found && before != "" {
		local = before
	}
	if domain == "gmail.com" || domain == "googlemail.com" {
		local, domain = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local + "@" + domain
}

func (w *Watches) addressIndex(address string) []byte {
	return w.keys.Index("job_watch.address", normalAddress(address))
}
