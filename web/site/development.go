package site

import "tyomarkkinatori.fi/portal/web/route"

// DevelopmentRoutes registers the page that shows every component in every
// state.
func DevelopmentRoutes(m *route.Mux) {}
