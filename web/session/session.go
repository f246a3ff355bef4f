// Package session knows who is at the browser: it reads the session cookie,
// keeps pages to their audience, and holds what was typed when a session ends
// before a form is sent.
package session

import (
	"context"
	"net/http"

	"tyomarkkinatori.fi/portal/internal/identity"
)

type key struct{}

// state is what the context of a request knows.
type state struct {
	manager *Manager
	session identity.Session
	// token is what the cookie holds; it is empty when no session of that name
	// lives.
	token string
}

func of(ctx context.Context) state {
	s, _ := ctx.Value(key{}).(state)
	return s
}

// Of returns the session of the request, its zero value when nobody is logged
// in. On a route whose audience is not public there always is somebody.
func Of(ctx context.Context) identity.Session { return of(ctx).session }

// Token returns what opens the session of the request, "" for none. It goes to
// the use cases that put a new one in its place, and nowhere else.
func Token(ctx context.Context) string { return of(ctx).token }

// Renew hands the browser the token of the session that takes the place of the
// request's: after choosing an organisation, for example.
func Renew(ctx context.Context, w http.ResponseWriter, token string) {
	of(ctx).manager.Remember(w, token)
}
