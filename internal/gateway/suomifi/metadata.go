package suomifi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"tyomarkkinatori.fi/portal/internal/identity"
)

// metadata is what has to be known of the provider to call it.
type metadata struct {
	Endpoints

	// TellsIssuer says that answers carry iss (RFC 9207).
	TellsIssuer bool
}

const (
	// The metadata are asked for anew after an hour and may be a day old when
	// the provider does not tell them; a failed call is not repeated at once.
	metadataFresh = time.Hour
	metadataOld   = 24 * time.Hour
	retryAfter    = 5 * time.Second
)

// metadataSource knows the provider's metadata, as configured or discovered.
type metadataSource struct {
	cfg  Config
	now  func() time.Time
	http *http.Client

	mu        sync.Mutex
	last      metadata
	fetchedAt time.Time
	triedAt   time.Time
	failure   error
	flight    chan struct{}
}

// known returns the metadata if there are any, without a call.
func (s *metadataSource) known() (metadata, bool) {
	if !s.cfg.Discovery {
		return metadata{Endpoints: s.cfg.Endpoints}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, !s.fetchedAt.IsZero()
}

// get returns the metadata. Whoever comes while they are fetched waits for the
// same answer.
func (s *metadataSource) get(ctx context.Context) (metadata, error) {
	if !s.cfg.Discovery {
		return metadata{Endpoints: s.cfg.Endpoints}, nil
	}
	s.mu.Lock()
	now := s.now()
	fresh := !s.fetchedAt.IsZero() && now.Sub(s.fetchedAt).Abs() < metadataFresh
	failed := s.failure != nil && now.Sub(s.triedAt).Abs() < retryAfter
	if !fresh && !failed && s.flight == nil {
		s.flight = make(chan struct{})
		go s.fetch(context.WithoutCancel(ctx), s.flight)
	}
	flight := s.flight
	s.mu.Unlock()

	if flight != nil && !fresh {
		select {
		case <-flight:
		case <-ctx.Done():
			return metadata{}, fmt.Errorf("await the provider's metadata: %w", errors.Join(ctx.Err(), identity.ErrUnavailable))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fetchedAt.IsZero() && now.Sub(s.fetchedAt).Abs() < metadataOld && (s.failure == nil || errors.Is(s.failure, identity.ErrUnavailable)) {
		return s.last, nil
	}
	return metadata{}, s.failure
}

func (s *metadataSource) fetch(ctx context.Context, flight chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.beginWithin())
	found, err := s.discover(ctx)
	cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triedAt, s.failure, s.flight = s.now(), err, nil
	if err == nil {
		s.last, s.fetchedAt = found, s.triedAt
	}
	close(flight)
}

func (s *metadataSource) discover(ctx context.Context) (metadata, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, s.http), s.cfg.Issuer)
	if mismatch := (*oidc.IssuerMismatchError)(nil); errors.As(err, &mismatch) {
		return metadata{}, refused("metadata_issuer")
	}
	if err != nil {
		// The library's error may hold the answer.
		return metadata{}, fmt.Errorf("read the provider's metadata: %w", identity.ErrUnavailable)
	}
	var more struct {
		Keys        string `json:"jwks_uri"`
		EndSession  string `json:"end_session_endpoint"`
		TellsIssuer bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if provider.Claims(&more) != nil {
		return metadata{}, refused("metadata")
	}
	found := metadata{
		Endpoints: Endpoints{
			Authorization: provider.Endpoint().AuthURL, Token: provider.Endpoint().TokenURL,
			UserInfo: provider.UserInfoEndpoint(), Keys: more.Keys, EndSession: more.EndSession,
		},
		TellsIssuer: more.TellsIssuer,
	}
	for _, e := range []struct {
		found *string
		set   string
		must  bool
	}{
		{&found.Authorization, s.cfg.Endpoints.Authorization, true},
		{&found.Token, s.cfg.Endpoints.Token, true},
		{&found.Keys, s.cfg.Endpoints.Keys, true},
		{&found.UserInfo, s.cfg.Endpoints.UserInfo, s.cfg.UserInfo},
		{&found.EndSession, s.cfg.Endpoints.EndSession, false},
	} {
		if e.set != "" {
			*e.found = e.set
		}
		if (e.must || *e.found != "") && !s.cfg.isAddress(*e.found) {
			return metadata{}, refused("metadata")
		}
	}
	return found, nil
}
