// Package ui holds the components that pages are built from: the layout that
// every page shares, fields, notices, cards, tables and charts. They know no
// capability of the service; texts come in from outside or from the catalogue.
package ui

import (
	"context"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// Site is what every page shows besides its own content. The edge puts it into
// the context of each request that renders something.
type Site struct {
	// Origin is the public address without a slash at its end.
	Origin string
	// Navigation holds the sections of the service in order.
	Navigation []NavItem
	// Notices returns what is shown above the content of every page, in the
	// language of ctx; nil shows nothing.
	Notices func(ctx context.Context) []Notice
	// Account returns who is at the browser; nil knows nobody.
	Account func(ctx context.Context) Account
	// RequestID is told on error pages.
	RequestID string
}

// NavItem is an entry of the main navigation.
type NavItem struct {
	// LabelID names the message of its text.
	LabelID string
	Page    paths.Pair
}

// NoticeKind says how grave a notice is.
type NoticeKind string

// The kinds of notices.
const (
	NoticeInfo    NoticeKind = "info"
	NoticeSuccess NoticeKind = "success"
	NoticeWarning NoticeKind = "warning"
	NoticeAlert   NoticeKind = "alert"
)

// Notice is a short message set apart from the content around it.
type Notice struct {
	Kind NoticeKind
	// Title may be empty.
	Title, Text string
}

type siteKey struct{}

// With returns a context whose pages show s.
func With(ctx context.Context, s Site) context.Context {
	return context.WithValue(ctx, siteKey{}, s)
}

func siteOf(ctx context.Context) Site {
	s, _ := ctx.Value(siteKey{}).(Site)
	return s
}

func noticesOf(ctx context.Context) []Notice {
	if f := siteOf(ctx).Notices; f != nil {
		return f(ctx)
	}
	return nil
}

// RequestID returns the ID of the request that ctx is for, or "".
func RequestID(ctx context.Context) string { return siteOf(ctx).RequestID }

// Absolute puts the public address before path.
func Absolute(ctx context.Context, path string) string { return siteOf(ctx).Origin + path }

// Text is a piece of text. Lang is "" when it is in the language of the page,
// Href "" when it is no link.
type Text struct{ Text, Lang, Href string }

// Plain returns a text in the language of the page.
func Plain(text string) Text { return Text{Text: text} }

// Message returns the text of a field's error.
func Message(ctx context.Context, e fault.FieldError) string {
	if len(e.Data) == 0 {
		return i18n.T(ctx, e.MessageID)
	}
	return i18n.TData(ctx, e.MessageID, e.Data)
}

func errorFor(name string, errs []fault.FieldError) (fault.FieldError, bool) {
	for _, e := range errs {
		if e.Field == name {
			return e, true
		}
	}
	return fault.FieldError{}, false
}

// describedBy joins the IDs of what describes a field; "" for none.
func describedBy(name string, hint, failed bool) string {
	var ids []string
	if hint {
		ids = append(ids, name+"-hint")
	}
	if failed {
		ids = append(ids, name+"-error")
	}
	return strings.Join(ids, " ")
}

// optionID is the ID of the option with index i. The first has the field's own
// name, so that the link of the error summary leads to it.
func optionID(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + "-" + strconv.Itoa(i+1)
}
