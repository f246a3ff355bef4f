package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// sharedCache stands between readers and the portal as a proxy of a provider
// does: it keeps whatever RFC 9111 lets a shared cache keep, and asks nobody who
// comes.
type sharedCache struct {
	mu   sync.Mutex
	kept map[string]keptAnswer
	hits int
}

type keptAnswer struct {
	response http.Response
	body     []byte
	varied   map[string]string
}

// RoundTrip answers from memory where it may.
func (c *sharedCache) RoundTrip(req *http.Request) (*http.Response, error) {
	key := req.Method + " " + req.URL.String()
	c.mu.Lock()
	old, ok := c.kept[key]
	c.mu.Unlock()
	if ok && fits(old, req) {
		c.mu.Lock()
		c.hits++
		c.mu.Unlock()
		res := old.response
		res.Header, res.Body, res.Request = old.response.Header.Clone(), io.NopCloser(bytes.NewReader(old.body)), req
		return &res, nil
	}
	res, err := visitors.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if !mayKeep(req, res) {
		return res, nil
	}
	varied := map[string]string{}
	for name := range strings.SplitSeq(res.Header.Get("Vary"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			varied[name] = req.Header.Get(name)
		}
	}
	kept := keptAnswer{*res, body, varied}
	kept.response.Header = res.Header.Clone()
	c.mu.Lock()
	c.kept[key] = kept
	c.mu.Unlock()
	return res, nil
}

func fits(old keptAnswer, req *http.Request) bool {
	for name, value := range old.varied {
		if req.Header.Get(name) != value {
			return false
		}
	}
	return true
}

// mayKeep is RFC 9111, 3: an answer to a GET that neither forbids being kept nor
// is for one reader alone. What says nothing is kept by its heuristics.
func mayKeep(req *http.Request, res *http.Response) bool {
	if req.Method != http.MethodGet || strings.Contains(res.Header.Get("Vary"), "*") {
		return false
	}
	var said []string
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(res.Header.Values("Cache-Control"), ",")), ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(part), "=")
		said = append(said, name)
	}
	if slices.Contains(said, "no-store") || slices.Contains(said, "private") || slices.Contains(said, "no-cache") {
		return false
	}
	// These may be kept without being told to.
	usual := []int{200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}
	return slices.Contains(usual, res.StatusCode) || slices.Contains(said, "public") || slices.Contains(said, "max-age")
}

// TestSharedCacheGivesNobodyAnothersPage has our partner, another one and
// somebody who is not logged in read the same addresses through one cache.
func TestSharedCacheGivesNobodyAnothersPage(t *testing.T) {
	t.Parallel()

	s := set(t)
	cache := &sharedCache{kept: map[string]keptAnswer{}}
	readers := []*visitor{s.visitor(""), s.ours.copied(), s.theirs.copied(), s.visitor("")}
	for _, v := range readers {
		v.via = cache
	}
	pages, _ := unique(s.ours.met)
	for _, r := range s.classes(t) {
		if r.Method == http.MethodGet && r.Audience == "public" && !strings.ContainsAny(r.Pattern, "{*") && !strings.HasPrefix(r.Pattern, "/signin") {
			pages = append(pages, r.Pattern)
		}
	}
	for _, path := range slices.Clone(pages) {
		if strings.HasPrefix(path, "/fi/") {
			pages = append(pages, path+"/x.css", path+";x.css", path+"%0a.css", path+"/", path+"?x.css", "/"+path)
		}
	}
	for range 2 {
		for _, path := range pages {
			for i, v := range readers {
				one := v.copied()
				a := one.open(t, path)
				var secrets []string
				if i != 1 {
					secrets = append(secrets, s.ours.secretsOf()...)
				}
				if i != 2 {
					secrets = append(secrets, s.theirs.canary, s.theirs.secretsOf()[2])
				}
				for _, secret := range secrets {
					if strings.Contains(a.body, secret) {
						t.Errorf("reader %d sees %q at %s", i, secret, path)
					}
				}
				anonymous := i == 0 || i == 3
				if len(a.cookies) > 0 && (anonymous || strings.Contains(a.header.Get("Cache-Control"), "public")) {
					t.Errorf("reader %d gets a cookie from %s", i, path)
				}
			}
		}
	}
	if cache.hits == 0 {
		t.Error("the cache kept nothing, so that this test shows nothing")
	}
	t.Logf("%d addresses, %d answers from the cache", len(pages), cache.hits)
}
