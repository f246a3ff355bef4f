package mail_test

import (
	netmail "net/mail"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/mail"
)

func TestValidAddress(t *testing.T) {
	t.Parallel()

	for _, s := range []string{
		"aino@person.example", "a.b+c@person.example", "o'neill@person.example", "äyrämö@äyrämö.example", "a@xn--yrm-rlaa.example",
		"_@b.example", strings.Repeat("a", 64) + "@b.example",
	} {
		if !mail.ValidAddress(s) {
			t.Errorf("%q was refused", s)
		}
	}
	for _, s := range hostileAddresses() {
		if mail.ValidAddress(s) {
			t.Errorf("%q was taken", s)
		}
	}
	if n := len(hostileAddresses()); n < 150 {
		t.Errorf("only %d hostile addresses", n)
	}
}

// hostileAddresses start headers, name second receivers, or are no addresses.
func hostileAddresses() []string {
	all := []string{
		"", "@", "a", "a@", "@b.example", "a@b", "a@b.", "a@.b.example", "a@b..example", "a b@c.example", "a@b c.example",
		"a@b.example,c@d.example", "a@b.example;c@d.example", "<a@b.example>", "A <a@b.example>", "a@b.example (A)", `"a b"@c.example`,
		`"a@b.example"@c.example`, "a@[127.0.0.1]", "a@-b.example", "a@b-.example", "a@b.example:25", "@x.example:a@b.example",
		"a:b@c.example;", "list:a@b.example;", "a@b.example\u202e", "a\u200b@b.example", "a@b.exam\ufffdple", "a@b.example\xff", "a\u00a0@b.example",
		strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("b", 64) + ".example", "a@" + strings.Repeat("b.", 130) + "example",
		"a..b@c.example", ".a@c.example", "a.@c.example", "a@b@c.example", "a@b_c.example", "a@b/c.example", "a@b%c.example", "a@*.example",
		"a\\@b.example", "a@b\\.example", "=?utf-8?q?a?=@b.example\r\n", "a@b.example\r\n.\r\nMAIL FROM:<x@y.example>",
	}
	for _, brk := range []string{"\r\n", "\n", "\r", "\x00", "\t", "\v", "\f", "\u0085", "\u2028", "\u2029", "%0d%0a\n", "\r\n "} {
		for _, rest := range []string{"Bcc: c@d.example", "Subject: x", "\r\nbody", "RCPT TO:<c@d.example>", "."} {
			all = append(all, "a@b.example"+brk+rest, brk+"a@b.example"+rest, "a"+brk+rest+"@b.example")
		}
	}
	return all
}

func FuzzValidAddress(f *testing.F) {
	for _, s := range hostileAddresses() {
		f.Add(s)
	}
	f.Add("aino@person.example")
	f.Fuzz(func(t *testing.T, s string) {
		if !mail.ValidAddress(s) {
			return
		}
		list, err := netmail.ParseAddressList(s)
		if err != nil || len(list) != 1 || list[0].Address != s || list[0].Name != "" || strings.Count(s, "@") != 1 {
			t.Errorf("%q is not one bare address: %v, %v", s, list, err)
		}
		if strings.ContainsAny(s, "\r\n\x00<>,;") {
			t.Errorf("%q could begin something else", s)
		}
	})
}
