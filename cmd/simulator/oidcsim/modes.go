package oidcsim

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// mode is a way of not being what one should be. Most are wrong, some only rare:
// their names say which.
type mode struct {
	token        func(*draft)
	answer       func(url.Values)
	tokenEnd     http.HandlerFunc // instead of the token endpoint's answer
	reply        func(map[string]any)
	userInfo     func(map[string]any)
	metadata     func(map[string]any)
	keySet       func([]any) []any
	forgedKeySet bool
	double       bool
	down         string // metadata, jwks, userinfo or logout
}

// modes are all of them by name.
var modes = func() map[string]mode {
	all := map[string]mode{}
	for _, some := range []map[string]mode{claimModes(), signatureModes(), encryptionModes(), endpointModes()} {
		maps.Copy(all, some)
	}
	return all
}()

// Modes lists the names of the modes.
func Modes() []string { return slices.Sorted(maps.Keys(modes)) }

// SetMode puts a mode in force for so many log-ins, 0 for all that come; an
// empty name ends it. It reports whether the mode is known.
func (s *Simulator) SetMode(name string, times int) bool {
	if _, ok := modes[name]; !ok && name != "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode, s.modeTimes = name, times
	return true
}

// takeMode is the mode of the log-in that begins.
func (s *Simulator) takeMode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := s.mode
	if s.modeTimes > 0 {
		if s.modeTimes--; s.modeTimes == 0 {
			s.mode = ""
		}
	}
	return name
}

// current is the mode in force for what belongs to no log-in.
func (s *Simulator) current() mode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return modes[s.mode]
}
