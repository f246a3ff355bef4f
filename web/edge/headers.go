package edge

import (
	"net/http"
	"strings"
)

// contentSecurityPolicy lets forms lead to targets besides our own origin: a
// browser holds to it where a form's answer redirects to, too.
func contentSecurityPolicy(targets []string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; form-action " + strings.Join(append([]string{"'self'"}, targets...), " ") + "; " +
		"base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
}

const permissionsPolicy = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"

// SecurityHeaders go with every answer, whatever becomes of the request.
func (e *Edge) SecurityHeaders(h http.Handler) http.Handler {
	// The values are shared by all answers: making them anew would cost more
	// than the rest of the chain. Nothing may append to them.
	var (
		csp         = []string{contentSecurityPolicy(e.FormTargets)}
		permissions = []string{permissionsPolicy}
		sameOrigin  = []string{"same-origin"}
		nosniff     = []string{"nosniff"}
		hsts        = []string{"max-age=63072000; includeSubDomains"}
		secure      = e.secure()
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["Content-Security-Policy"] = csp
		header["Permissions-Policy"] = permissions
		header["Referrer-Policy"] = sameOrigin
		header["Cross-Origin-Opener-Policy"] = sameOrigin
		header["Cross-Origin-Resource-Policy"] = sameOrigin
		header["X-Content-Type-Options"] = nosniff
		if secure {
			header["Strict-Transport-Security"] = hsts
		}
		h.ServeHTTP(w, r)
	})
}
