package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/finnish"
	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/notice"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/store"
	"tyomarkkinatori.fi/portal/internal/task"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/health"
	"tyomarkkinatori.fi/portal/web/postings"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/site"
)

// app is the whole portal, wired.
type app struct {
	cfg       Config
	startedAt time.Time
	log       *slog.Logger
	db        *postgres.DB
	concepts  []reference.Concept
	analyser  *search.Analyser
	// dictionary is the version of the Finnish dictionary, "" without one.
	dictionary string
	postings   *jobposting.Postings
	documents  *store.Documents
	index      *index.Index
	follower   *store.Follower
	notices    *notice.Board
	feedback   *feedback.Feedback
	tasks      *task.Runner
	catalogue  *i18n.Catalogue

	// jobs are the pages of the postings; mails and watches show postings as they do.
	jobs *postings.Pages

	joining
	ownData
	watches *jobwatch.Watches
	outbox  *mail.Outbox
}

// newApp opens what the portal stands on and wires the capabilities. It is the
// one place that knows them all; the caller closes the app.
func newApp(ctx context.Context, cfg Config, log *slog.Logger) (*app, error) {
	db, err := openDatabase(ctx, cfg, cfg.StatementTimeout)
	if err != nil {
		return nil, err
	}
	if telling, err := db.Telling(ctx); err == nil && len(telling) > 0 {
		log.ErrorContext(ctx, "the database server's own log may hold what people have told, see README on logs", "settings", strings.Join(telling, ","))
	}
	a := &app{cfg: cfg, log: log, db: db, startedAt: db.Now()}
	if err := a.wire(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return a, nil
}

func (a *app) wire(ctx context.Context) error {
	dictionary, err := a.openDictionary(ctx)
	if err != nil {
		return err
	}
	if a.concepts, err = reference.ESCOConcepts(ctx, a.db); err != nil {
		return err
	}
	a.analyser = search.NewAnalyser(dictionary, a.concepts)
	a.documents = &store.Documents{Analyser: a.analyser}
	a.postings = jobposting.NewPostings(a.db)
	a.postings.OnChange = a.documents.Write
	a.index = index.New(a.analyser, a.db.Now)
	a.follower = &store.Follower{DB: a.db, Index: a.index, Analyser: a.analyser, Log: a.log}
	a.notices = notice.NewBoard(a.db)
	a.feedback = feedback.New(a.db)
	if a.catalogue, err = i18n.Load(locales.FS); err != nil {
		return err
	}
	if err := a.wireCapabilities(); err != nil {
		return err
	}
	tasks, err := a.periodicTasks()
	if err != nil {
		return err
	}
	a.tasks, err = task.NewRunner(a.db, a.log, tasks)
	return err
}

// wireCapabilities connects the capabilities in the order in which they stand on
// each other.
func (a *app) wireCapabilities() error {
	if err := a.wireJoining(); err != nil {
		return err
	}
	a.wireWatches()
	if err := a.wireOwnData(); err != nil {
		return err
	}
	if err := a.wireMail(); err != nil {
		return err
	}
	a.wireRetention()
	return nil
}

// openDictionary makes do without the Finnish dictionary, and says so: finding
// less is better than finding nothing.
func (a *app) openDictionary(ctx context.Context) (*finnish.Dictionary, error) {
	d, err := finnish.Open(a.cfg.VoikkoDictionary)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.log.ErrorContext(ctx, "no Finnish dictionary, words are only stemmed: install voikko-fi or set VOIKKO_DICTIONARY")
		return nil, nil //nolint:nilnil // the analyser takes none for an answer
	case err != nil:
		return nil, fmt.Errorf("VOIKKO_DICTIONARY: %w", err)
	}
	a.dictionary = d.Version()
	return d, nil
}

func (a *app) close() { a.db.Close() }

// periodicTasks lists everything that the portal does by itself.
func (a *app) periodicTasks() ([]task.Periodic, error) {
	tasks := []task.Periodic{
		{Kind: "postings.sweep", Every: 15 * time.Second, Timeout: time.Minute, Run: func(ctx context.Context) error {
			_, err := a.postings.Sweep(ctx, audit.System("postings.sweep"))
			return err
		}},
		{Kind: "search.reindex", Every: 10 * time.Minute, Timeout: time.Hour, Run: func(ctx context.Context) error {
			n, err := a.documents.Reindex(ctx, a.db)
			if n > 0 {
				a.log.InfoContext(ctx, "postings analysed anew", "postings", n)
			}
			return err
		}},
	}
	tasks = append(tasks, a.periodic(a.cfg)...)
	tasks = append(tasks, a.watchTasks()...)
	tasks = append(tasks, a.mailTasks()...)
	tasks = append(tasks, a.keepingTasks()...)
	tasks = append(tasks, task.Periodic{Kind: "audit.check", Every: time.Hour, Timeout: 5 * time.Minute, Run: a.checkAudit})
	if a.cfg.TEFeedURL == "" {
		return tasks, nil
	}
	feed, err := tefeed.New(tefeed.Config{
		Kind: tefeed.Kind(a.cfg.TEFeedKind), URL: a.cfg.TEFeedURL, Key: a.cfg.TEFeedKey,
		TokenURL: a.cfg.TETokenURL, ClientID: a.cfg.TEClientID, ClientSecret: a.cfg.TEClientSecret,
		Scope: a.cfg.TEScope, PageSize: a.cfg.TEPageSize,
	}, a.postings, a.db.Now, a.log)
	if err != nil {
		return nil, fmt.Errorf("TE feed: %w", err)
	}
	return append(tasks, task.Periodic{
		Kind: "te_feed.sync", Every: a.cfg.TEFeedInterval, Timeout: time.Hour,
		Run: func(ctx context.Context) error {
			_, err := feed.Sync(ctx)
			return err
		},
	}), nil
}

// checkAudit reads the whole audit log, so that a change behind its back is seen
// within the hour.
func (a *app) checkAudit(ctx context.Context) error {
	id, err := audit.CheckAll(ctx, a.db)
	if err != nil {
		return err
	}
	if id != 0 {
		return fmt.Errorf("the chain of audit events does not fit at event %d", id)
	}
	return nil
}

// handler returns everything that the portal serves, and its routes. accessLog
// takes a line for each request.
func (a *app) handler(accessLog io.Writer) (http.Handler, []route.Route, error) {
	origin, err := url.Parse(a.cfg.PublicURL)
	if err != nil {
		return nil, nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	limits := edge.DefaultLimits(runtime.GOMAXPROCS(0))
	limits.PagesPerMinute, limits.SearchesPerMinute = a.cfg.PagesPerMinute, a.cfg.SearchesPerMinute
	tokens := edge.Tokens{Key: []byte(a.cfg.FormKey.Reveal()), Now: a.db.Now}
	sessions := a.sessions(tokens, origin.Scheme == "https")
	h, routes := web.New(web.Deps{
		PublicURL: origin, Catalogue: a.catalogue, Log: a.log, AccessLog: accessLog, Now: a.db.Now,
		TrustedProxies: prefixes(a.cfg.TrustedProxies), Limits: &limits,
		Version: a.index.Version, Loaded: a.follower.Loaded, Notices: a.notices, Build: build(),
		Development: a.cfg.Environment == "development",
		Ready: []health.Check{
			{Name: "index", Func: func(context.Context) error {
				if !a.follower.Loaded() {
					return errors.New("the postings are being loaded")
				}
				return nil
			}},
			{Name: "database", Func: a.db.Ping},
		},
		Site: site.Pages{
			Overview: overview{a, a.jobs}, Feedback: a.feedback, Tokens: tokens,
			Kept: a.retention.InForce,
		},
		Sessions: sessions, FormTargets: a.formTargets(),
		Sections: slices.Concat([]web.Section{a.jobs, a.watchPages(tokens)}, a.sections(sessions), a.ownPages(sessions)),
	})
	return h, routes, nil
}

// prefixes takes single addresses for networks of one; the configuration has
// checked them.
func prefixes(list []string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range list {
		if addr, err := netip.ParseAddr(s); err == nil {
			all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
		} else if p, err := netip.ParsePrefix(s); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// build names this very program by its file, so that no reader is shown an older
// one's pages from memory.
func build() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	file, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(file.ModTime().UnixNano(), file.Size())
}

// routesOf lists the routes of a portal that is not running.
func routesOf(development bool) ([]route.Route, error) {
	a := &app{cfg: Config{PublicURL: "https://localhost"}, log: slog.New(slog.DiscardHandler), db: &postgres.DB{Now: time.Now}}
	if development {
		a.cfg.Environment = "development"
	}
	a.analyser = search.NewAnalyser(nil, nil)
	a.index = index.New(a.analyser, time.Now)
	a.notices, a.feedback = notice.NewBoard(a.db), feedback.New(a.db)
	var err error
	if a.catalogue, err = i18n.Load(locales.FS); err != nil {
		return nil, err
	}
	if err := a.wireCapabilities(); err != nil {
		return nil, err
	}
	_, routes, err := a.handler(io.Discard)
	return routes, err
}
