// Package session knows who is at the browser: it reads the session cookie,
// keeps pages to their audience, and holds what was typed when a session ends
// before a form is sent.
package session

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/identity"
)

type key struct{}

// With returns a context of requests that s makes.
func With(ctx context.Context, s identity.Session) context.Context {
	return context.WithValue(ctx, key{}, s)
}

// Of returns the session of the request, its zero value when nobody is logged
// in. On a route whose audience is not public there always is somebody.
func Of(ctx context.Context) identity.Session {
	s, _ := ctx.Value(key{}).(identity.Session)
	return s
}
