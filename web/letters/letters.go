// Package letters writes the portal's mails, in Finnish or Swedish, as plain
// text and as HTML that says the same. A subject holds no personal data.
package letters

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Writer writes mails. Its Render is a mail.Renderer.
type Writer struct {
	Catalogue *i18n.Catalogue
	// Origin is the portal's, without a slash at the end; links begin with it.
	Origin string
	// Watch returns what a mail of a job watch tells, Card makes the card of a
	// posting, and Label says what a value of a search's parameter asks for. They
	// are needed for mails of that kind only.
	Watch func(ctx context.Context, m mail.Message) (jobwatch.Digest, error)
	Card  func(ctx context.Context, c jobposting.Card) ui.Card
	Label func(ctx context.Context, name, value string) string
}

// template is one kind of mail. Its messages are <id>subject, <id>body, whose
// paragraphs are parted by empty lines, and <id>link, what the link says.
type template struct {
	id string
	// needs are the keys of data that the body cannot do without.
	needs []string
	// page is where the link goes when the data names no other; the value of
	// the data under ref fills its pattern.
	page paths.Pair
	ref  string
}

//nolint:gochecknoglobals // a constant table
var templates = map[mail.Kind]template{
	"application_received":  {"letters.application_received.", []string{keyOrganisation}, paths.JoinApplication, keyApplication},
	"application_in_review": {"letters.application_in_review.", []string{keyOrganisation}, paths.JoinApplication, keyApplication},
	"application_approved":  {"letters.application_approved.", []string{keyOrganisation}, paths.Desk, ""},
	"application_specify":   {"letters.application_specify.", []string{keyOrganisation, keyDate}, paths.JoinApplication, keyApplication},
	"application_documents": {"letters.application_documents.", []string{keyOrganisation, keyDate}, paths.OwnFront, ""},
	"request_reminder":      {"letters.request_reminder.", []string{keyOrganisation, keyDate}, paths.OwnFront, ""},
	"decision_waits":        {"letters.decision_waits.", []string{keyOrganisation}, paths.OwnFront, ""},
	"draft_expires":         {"letters.draft_expires.", []string{keyDate}, paths.Join, ""},
	"change_received":       {"letters.change_received.", []string{keyOrganisation}, paths.JoinApplication, keyApplication},
	"partner_left":          {"letters.partner_left.", []string{keyOrganisation, keyDate}, paths.Departure, keyDeparture},
	"departure_reminder":    {"letters.departure_reminder.", []string{keyOrganisation, keyDate}, paths.Departure, keyDeparture},
	"terms_announced":       {"letters.terms_announced.", []string{keyOrganisation, keyDate}, paths.Terms, ""},
	"terms_reminder":        {"letters.terms_reminder.", []string{keyOrganisation, keyDate}, paths.Terms, ""},
	"account_ends":          {"owndata.letter.account_ends.", []string{keyDate}, paths.SignIn, ""},
	"person_code_changed":   {"owndata.letter.code_changed.", nil, paths.Privacy, ""},
	"staff_alarm":           {"letters.staff_alarm.", nil, paths.StaffFront, ""},
	"data_request_answered": {"datarequests.mail_answered.", nil, paths.OwnDataRequests, ""},
	"data_request_soon":     {"datarequests.mail_soon.", []string{keyNumber, keyDate}, paths.DataRequests, ""},
	"data_request_late":     {"datarequests.mail_late.", []string{keyNumber, keyDate}, paths.DataRequests, ""},

	jobwatch.KindConfirmation: {"letters.watch_confirmation.", nil, paths.Watch, ""},
	jobwatch.KindBegun:        {"letters.watch_begun.", []string{keyDate}, paths.Watch, ""},
	jobwatch.KindEnds:         {"letters.watch_ends.", []string{keyDate}, paths.Watch, ""},
}

// changeApproved is application_approved for a partner's change of its data.
//
//nolint:gochecknoglobals // a constant
var changeApproved = template{"letters.change_approved.", []string{keyOrganisation}, paths.Desk, ""}

// The keys of a message's data.
const (
	keyOrganisation = "organisation"
	keyDate         = "date"
	keyNumber       = "number"
	keyApplication  = "application"
	keyDeparture    = "departure"
	keyLink         = "link"
	keyKind         = "kind"
	keyEnd          = "end"
)

// Kinds lists the mails that can be written.
func Kinds() []mail.Kind {
	var kinds []mail.Kind
	for k := range templates {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

// letter is what both parts of a mail say.
type letter struct {
	Subject     string
	Paragraphs  []string
	Label, Link string
	// End ends what the mail is about, "" for a mail with one link.
	End string
}

// Render writes m. It fails for a kind that it does not know, for data that the
// mail cannot do without, and for a link that leads out of the portal.
func (w Writer) Render(ctx context.Context, m mail.Message) (mail.Rendered, error) {
	if m.Kind == jobwatch.KindDigest {
		return w.digest(ctx, m)
	}
	t, ok := templates[m.Kind]
	if !ok {
		return mail.Rendered{}, fmt.Errorf("no letter of kind %q", m.Kind)
	}
	if m.Kind == "application_approved" && m.Data[keyKind] == "change" {
		t = changeApproved
	}
	for _, key := range t.needs {
		if m.Data[key] == "" {
			return mail.Rendered{}, fmt.Errorf("letter of kind %s lacks its %s", m.Kind, key)
		}
	}
	link := m.Data[keyLink]
	if link == "" {
		if t.ref != "" && m.Data[t.ref] == "" {
			return mail.Rendered{}, fmt.Errorf("letter of kind %s lacks its %s", m.Kind, t.ref)
		}
		link = paths.Fill(t.page, m.Lang, m.Data[t.ref])
	}
	if !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "//") || strings.ContainsAny(link, "\\ \t\r\n") {
		return mail.Rendered{}, fmt.Errorf("letter of kind %s: the link is no path of ours", m.Kind)
	}
	ctx = i18n.With(ctx, w.Catalogue, m.Lang)
	l := letter{
		Subject:    i18n.T(ctx, t.id+"subject"),
		Paragraphs: paragraphs(i18n.TData(ctx, t.id+"body", placeholders(ctx, m.Data))),
		Label:      i18n.T(ctx, t.id+"link"),
		Link:       w.Origin + link,
	}
	end := m.Data[keyEnd]
	if !strings.HasPrefix(end, "/") {
		end = ""
	}
	if m.Kind == jobwatch.KindBegun && end != "" {
		l.End = w.Origin + end
	}
	var html bytes.Buffer
	if err := letterPage(l).Render(ctx, &html); err != nil {
		return mail.Rendered{}, fmt.Errorf("render letter of kind %s: %w", m.Kind, err)
	}
	r := mail.Rendered{Subject: l.Subject, Text: l.text(ctx), HTML: html.String()}
	if m.Kind == jobwatch.KindEnds && end != "" {
		r.Unsubscribe = w.Origin + end
	}
	return r, nil
}

// placeholders are a message's data under the names that the catalogues use.
func placeholders(ctx context.Context, data map[string]string) map[string]any {
	all := map[string]any{"Date": date(ctx, data[keyDate])}
	for key, name := range map[string]string{keyOrganisation: "Organisation", "terms": "Terms", keyNumber: "Number"} {
		all[name] = oneLine(data[key])
	}
	return all
}

// maxName is how much of a name a mail repeats, in characters.
const maxName = 200

// oneLine keeps a name from looking like a part of the letter.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxName {
		return string(r[:maxName]) + "…"
	}
	return s
}

// date writes a date, or a time, as people read it. What is neither has been
// written for people already.
func date(ctx context.Context, s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return i18n.Date(ctx, t)
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return i18n.DateTime(ctx, t)
	}
	return oneLine(s)
}

func paragraphs(body string) []string {
	var all []string
	for p := range strings.SplitSeq(body, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// text is the plain part.
func (l letter) text(ctx context.Context) string {
	all := append([]string{l.Subject}, l.Paragraphs...)
	all = append(all, l.Label+":\n"+l.Link)
	if l.End != "" {
		all = append(all, i18n.T(ctx, "letters.watch_digest.end")+":\n"+l.End)
	}
	all = append(all, "-- \n"+i18n.T(ctx, "letters.footer")+"\n"+i18n.T(ctx, "letters.no_reply"))
	return strings.Join(all, "\n\n") + "\n"
}
