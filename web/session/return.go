package session

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// ReturnField names the page to go back to after logging in.
const ReturnField = "return"

// maxReturn bounds a return address.
const maxReturn = 1 << 10

// Returns tells the manager which pages there are to come back to.
func (m *Manager) Returns(router chi.Routes) { m.router = router }

// Return gives back address when it leads to a page of the portal, and "" when
// it may lead anywhere else. It takes in less than there is: only paths in the
// plain characters that ours are made of, in one spelling.
func (m *Manager) Return(address string) string {
	path, query, hasQuery := strings.Cut(address, "?")
	if len(address) > maxReturn || !plainPath(path) || hasQuery && !plainQuery(query) || m.router == nil {
		return ""
	}
	if !m.router.Match(chi.NewRouteContext(), http.MethodGet, path) || endsThere(path) {
		return ""
	}
	return address
}

// ReturnPath is Manager.Return for handlers.
func ReturnPath(ctx context.Context, address string) string {
	if m := of(ctx).manager; m != nil {
		return m.Return(address)
	}
	return ""
}

// Kept returns the form that waits on the page at path for whoever is logged
// in; false when that is another page.
func Kept(ctx context.Context, path string) (entry.Form, bool) {
	s := of(ctx)
	if s.manager == nil || !s.session.LoggedIn() {
		return entry.Form{}, false
	}
	for _, lang := range i18n.Langs {
		id, ok := strings.CutPrefix(path, paths.Fill(paths.Unsent, lang, ""))
		if !ok || id == "" {
			continue
		}
		f, err := s.manager.Forms.ByID(ctx, entry.OwnerOf(s.session), id)
		return f, err == nil
	}
	return entry.Form{}, false
}

// plainPath tells whether path begins with a language and consists of words
// between single slashes. That leaves no room for a host, a backslash, an
// escape or a way up.
func plainPath(path string) bool {
	parts := strings.Split(path, "/")
	if len(parts) < 2 || parts[0] != "" || parts[1] != string(i18n.Finnish) && parts[1] != string(i18n.Swedish) {
		return false
	}
	for _, part := range parts[1:] {
		if part == "" || strings.Trim(part, ".") == "" || strings.ContainsFunc(part, func(r rune) bool { return !wordRune(r) }) {
			return false
		}
	}
	return true
}

func wordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.~", r)
}

// plainQuery tells whether query is as our own links write it.
func plainQuery(query string) bool {
	if strings.ContainsFunc(query, func(r rune) bool { return !wordRune(r) && !strings.ContainsRune("=&+%*", r) }) {
		return false
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return false
	}
	for name, list := range values {
		for _, v := range append(list, name) {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
				return false
			}
		}
	}
	return true
}

// endsThere tells of the pages that log-in itself is made of.
func endsThere(path string) bool {
	for _, p := range [...]paths.Pair{paths.SignIn, paths.StaffSignIn, paths.LoggedOut, paths.LogOut} {
		if path == p.Fi || path == p.Sv {
			return true
		}
	}
	return false
}
