package partner_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
)

// areas are those that the forms of tests may name.
func areas() []partner.ServiceArea {
	return []partner.ServiceArea{{Code: "job_search"}, {Code: "training"}, {Code: "old", RetiredAt: time.Unix(1, 0)}}
}

func TestValidate(t *testing.T) {
	t.Parallel()

	contact := func(change func(*partner.Contact)) func(*partner.Form) {
		return func(f *partner.Form) { change(&f.Contacts[0]) }
	}
	name := func(s string) func(*partner.Form) { return contact(func(c *partner.Contact) { c.Name = s }) }
	phone := func(s string) func(*partner.Form) { return contact(func(c *partner.Contact) { c.Phone = s }) }
	email := func(s string) func(*partner.Form) { return contact(func(c *partner.Contact) { c.Email = s }) }
	website := func(s string) func(*partner.Form) { return func(f *partner.Form) { f.Website = s } }
	text := func(s string) func(*partner.Form) { return func(f *partner.Form) { f.DescriptionFi = s } }
	for _, test := range []struct {
		name   string
		change func(*partner.Form)
		want   string
	}{
		{"apostrophe", name("Siobhán O'Neill"), ""},
		{"Finnish letters", name("Väinö Äyrämö-Öhman"), ""},
		{"two letters", name("Ng"), ""},
		{"another script", name("Ольга Ковальчук"), ""},
		{"100 characters", name(strings.Repeat("ä", 100)), ""},
		{"101 characters", name(strings.Repeat("ä", 101)), "contact_name_1 partner.invalid.long"},
		{"no letters in a name", name("'-."), "contact_name_1 partner.invalid.contact_name"},
		{"a line break in a name", name("A\nB"), "contact_name_1 partner.invalid.characters"},
		{"a turned direction", name("A\u202eB"), "contact_name_1 partner.invalid.characters"},
		{"a formula in a name", name("=Aino"), ""},
		{"no phone", phone(""), ""},
		{"a short phone", phone("0205 1234"), ""},
		{"a foreign phone", phone("+46 (0)8-123 456 78"), ""},
		{"words for a phone", phone("soita"), "contact_phone_1 partner.invalid.phone"},
		{"too many digits", phone("1234567890123456"), "contact_phone_1 partner.invalid.phone"},
		{"plus in the middle", phone("040+123456"), "contact_phone_1 partner.invalid.phone"},
		{"no e-mail", email(""), "contact_email_1 partner.invalid.email"},
		{"a name with an e-mail", email("Aino <aino@example.fi>"), "contact_email_1 partner.invalid.email"},
		{"two e-mails", email("a@example.fi,b@example.fi"), "contact_email_1 partner.invalid.email"},
		{"a header in an e-mail", email("a@example.fi\r\nBcc: b@example.fi"), "contact_email_1 partner.invalid.email"},
		{"no contact", func(f *partner.Form) { f.Contacts = nil }, "contact_name_1 partner.invalid.contacts_none"},
		{"six contacts", func(f *partner.Form) { f.Contacts = append(f.Contacts, make([]partner.Contact, 5)...) }, "contact_name_1 partner.invalid.contacts_many"},
		{"a fault in the third row", func(f *partner.Form) {
			f.Contacts = append(f.Contacts, partner.Contact{}, partner.Contact{Name: "B", Language: "sv"})
		}, "contact_email_3 partner.invalid.email"},
		{"http", website("http://example.fi"), ""},
		{"letters in a host", website("https://työ.fi/ä?ö=1#x"), ""},
		{"a script", website("javascript:alert(1)"), "website partner.invalid.website"},
		{"a password", website("https://a:b@example.fi"), "website partner.invalid.website"},
		{"no host", website("https:///x"), "website partner.invalid.website"},
		{"an intranet", website("https://localhost/"), "website partner.invalid.website"},
		{"a space in an address", website("https://example.fi/a b"), "website partner.invalid.website"},
		{"5,000 characters", text(strings.Repeat("ä", 5000)), ""},
		{"40,000 characters", text(strings.Repeat("ä", 40000)), "description_fi partner.invalid.long"},
		{"lines", text("a\r\nb\tc"), ""},
		{"a control", text("a\x07b"), "description_fi partner.invalid.characters"},
		{"only Swedish", func(f *partner.Form) { f.DescriptionFi, f.DescriptionSv = "", "Vi hjälper." }, ""},
		{"nothing", text(" \n"), "description_fi partner.invalid.description"},
		{"no area", func(f *partner.Form) { f.ServiceAreas = nil }, "service_areas partner.invalid.service_areas"},
		{"a retired area", func(f *partner.Form) { f.ServiceAreas = []string{"old"} }, "service_areas partner.invalid.service_areas_unknown"},
		{"no place", func(f *partner.Form) { f.Municipalities, f.Regions = nil, nil }, "places partner.invalid.places"},
		{"the whole country", func(f *partner.Form) { f.WholeCountry, f.Municipalities = true, []string{"999"} }, ""},
		{"a place that is not there", func(f *partner.Form) { f.Municipalities = []string{"999"} }, "places partner.invalid.places_unknown"},
		{"a language that is not offered", func(f *partner.Form) { f.Languages = []string{"fi", "vo"} }, "languages partner.invalid.languages_unknown"},
		{"a declaration less", func(f *partner.Form) { f.Declarations = f.Declarations[1:] }, "declaration_law partner.invalid.declaration_law"},
		{"an unknown correction", func(f *partner.Form) { f.Corrections = []partner.Correction{{Field: "status", Value: "x"}} }, "correct_name partner.invalid.correction_unknown"},
	} {
		f := partnertest.Form()
		test.change(&f)
		got := ""
		if invalid, ok := errors.AsType[*fault.InvalidError](f.Validate(areas())); ok {
			got = invalid.Fields[0].Field + " " + invalid.Fields[0].MessageID
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// anyForm draws forms from what people and attackers may send.
func anyForm(t *rapid.T) partner.Form {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "O'Neill", "Äyrämö", "Ng", "a@example.fi", "0401234567", "https://example.fi", "x\r\nBcc: y", "=1+1", strings.Repeat("ä", 6000),
	}))
	codes := rapid.SliceOfN(rapid.OneOf(text, rapid.SampledFrom([]string{"091", "02", "training", "fi", partner.DeclareLaw})), 0, 4)
	f := partner.Form{
		ServiceAreas: codes.Draw(t, "areas"), Municipalities: codes.Draw(t, "municipalities"), Regions: codes.Draw(t, "regions"),
		WholeCountry: rapid.Bool().Draw(t, "whole"), DescriptionFi: text.Draw(t, "fi"), DescriptionSv: text.Draw(t, "sv"),
		Website: text.Draw(t, "website"), Languages: codes.Draw(t, "languages"), Declarations: codes.Draw(t, "declarations"),
	}
	for range rapid.IntRange(0, 6).Draw(t, "contacts") {
		f.Contacts = append(f.Contacts, partner.Contact{
			Name: text.Draw(t, "name"), Role: text.Draw(t, "role"), Email: text.Draw(t, "email"), Phone: text.Draw(t, "phone"),
			Language: i18n.Lang(rapid.SampledFrom([]string{"fi", "sv", "", "xx"}).Draw(t, "language")),
		})
	}
	return f
}

func TestWhatIsValidIsFitToKeepAndToMail(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		f := anyForm(t)
		if diff := cmp.Diff(f.Tidied(), f.Tidied().Tidied(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("tidied twice differs:\n%s", diff)
		}
		if changes := partner.Diff(f, f.Tidied()); len(changes) > 0 {
			t.Fatalf("tidying changes %+v", changes)
		}
		if f.ValidatePart(partner.PartContacts, areas()) == nil {
			for _, c := range f.Tidied().Contacts {
				if !mail.ValidAddress(c.Email) || strings.ContainsAny(c.Name+c.Role+c.Phone, "\r\n\x00") {
					t.Fatalf("a valid contact that is not: %+v", c)
				}
			}
		}
		if f.ValidatePart(partner.PartDescription, areas()) == nil && f.Tidied().Website != "" {
			if w := f.Tidied().Website; !strings.HasPrefix(strings.ToLower(w), "http") || strings.ContainsAny(w, " \"<>\n") && strings.ContainsAny(w, "\n") {
				t.Fatalf("a valid web site that is not: %q", w)
			}
		}
	})
}

func TestDiffTellsEachPartThatWasChanged(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		a, b := anyForm(t), anyForm(t)
		changed := map[partner.Part]bool{}
		for _, c := range partner.Diff(a, b) {
			if c.Before == c.After {
				t.Fatalf("no change: %+v", c)
			}
			changed[c.Part] = true
		}
		for _, p := range partner.Parts() {
			if got := len(partner.Diff(a, a.WithPart(p, b))) > 0; got != changed[p] && p != partner.PartOrganisation {
				t.Fatalf("%s: changed %v, with the part alone %v", p, changed[p], got)
			}
		}
	})
}

func TestNeedsFollowWhatIsKept(t *testing.T) {
	t.Parallel()

	full := partner.Draft{Form: partnertest.Form(), Version: 8, Saved: map[partner.Part]int{}, ExpiresAt: time.Unix(1e9, 0)}
	for i, p := range partner.Parts() {
		full.Saved[p] = i + 1
	}
	begun := full
	begun.Saved = map[partner.Part]int{partner.PartContacts: 1, partner.PartLanguages: 2}
	begun.Form.Languages = nil
	app := func(s partner.Status) *partner.Application { return &partner.Application{Status: s} }
	day := time.Unix(2e9, 0)
	line := func(s partner.Standing) string {
		var b strings.Builder
		for _, n := range s.Needs(areas()) {
			b.WriteByte("DTLW"[map[partner.NeedState]int{partner.NeedDone: 0, partner.NeedTodo: 1, partner.NeedLater: 2, partner.NeedWaiting: 3}[n.State]])
			if n.Missing {
				b.WriteByte('!')
			}
		}
		return b.String()
	}
	for _, test := range []struct {
		name     string
		standing partner.Standing
		want     string
	}{
		{"a stranger", partner.Standing{}, "TLLLLLLLLLLLL"},
		{"logged in", partner.Standing{LoggedIn: true}, "DTLLLLLLLLLLL"},
		{"acting", partner.Standing{LoggedIn: true, Acting: true}, "DDTLLLLLLLLLL"},
		{"terms accepted", partner.Standing{LoggedIn: true, Acting: true, TermsAccepted: true}, "DDDTTTTTTTTLL"},
		{"begun", partner.Standing{LoggedIn: true, Acting: true, TermsAccepted: true, Draft: begun}, "DDDTDTTTT!TTLL"},
		{"all filled in", partner.Standing{LoggedIn: true, Acting: true, TermsAccepted: true, Draft: full}, "DDDDDDDDDDDTL"},
		{"new terms since", partner.Standing{LoggedIn: true, Acting: true, Draft: full}, "DDTDDDDDDDDLL"},
		{"waits for the register", partner.Standing{LoggedIn: true, Acting: true, Application: app(partner.Submitted)}, "DDDDDDDDDDDDW"},
		{"waits for an officer", partner.Standing{LoggedIn: true, Acting: true, Application: app(partner.InReview), PromisedBy: day}, "DDDDDDDDDDDDW"},
		{"asked to specify", partner.Standing{LoggedIn: true, Acting: true, Application: app(partner.Specify), RequestUntil: day}, "DDDDDDDDDDDDT"},
		{"rejected", partner.Standing{LoggedIn: true, Acting: true, TermsAccepted: true, Application: app(partner.Rejected)}, "DDDTTTTTTTTLL"},
		{"a partner", partner.Standing{LoggedIn: true, Acting: true, Partner: true}, "DDDDDDDDDDDDD"},
	} {
		if got := line(test.standing); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	needs := partner.Standing{LoggedIn: true, Acting: true, Application: app(partner.InReview), PromisedBy: day}.Needs(areas())
	if last := needs[len(needs)-1]; last.Who != partner.WhoOfficer || !last.Until.Equal(day) {
		t.Errorf("decision = %+v", last)
	}
}

func TestTransitionsLeadToAnEnd(t *testing.T) {
	t.Parallel()

	reach := map[partner.Status]bool{partner.Submitted: true}
	for range partner.Statuses() {
		for from := range reach {
			for _, to := range partner.Statuses() {
				if from.CanBecome(to) {
					reach[to] = true
				}
			}
		}
	}
	for _, s := range partner.Statuses() {
		if !reach[s] {
			t.Errorf("nothing leads to %s", s)
		}
		if s.CanBecome(s) || s.Open() != s.CanBecome(partner.Withdrawn) {
			t.Errorf("%s stays itself, or is open and cannot be withdrawn", s)
		}
	}
}

func TestAddressesOfTheWebAreTakenAsPeopleSayThem(t *testing.T) {
	t.Parallel()

	for typed, want := range map[string]string{
		" www.koivutyo.example ": "https://www.koivutyo.example", "esimerkki.fi/palvelut?a=1": "https://esimerkki.fi/palvelut?a=1",
		"äyrämö.fi:8443": "https://äyrämö.fi:8443", "http://esimerkki.fi": "http://esimerkki.fi", "": "",
		"javascript:alert(1)": "javascript:alert(1)", "a@example.fi": "a@example.fi", "esimerkki": "esimerkki", "mailto:a.b": "mailto:a.b",
	} {
		if got := (partner.Form{Website: typed}).Tidied().Website; got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
}
