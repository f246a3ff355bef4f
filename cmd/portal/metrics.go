package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tyomarkkinatori.fi/portal/internal/jobposting"
)

// metricsHandler serves what operators watch. It belongs on a loopback address.
func (a *app) metricsHandler() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		feedCollector{a},
		workCollector{a},
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	return mux
}

// feedCollector reads the state of feed and index when it is asked, so that
// every process tells the same of what they share.
type feedCollector struct{ app *app }

//nolint:gochecknoglobals // constant descriptions
var (
	descFailures = prometheus.NewDesc("portal_feed_failures", "Readings of the feed that failed in a row.", []string{"source"}, nil)
	descAge      = prometheus.NewDesc("portal_feed_age_seconds", "Time since the feed was last read whole.", []string{"source"}, nil)
	descRejects  = prometheus.NewDesc("portal_feed_rejects", "Records of the feed that are set aside as unusable.", []string{"source"}, nil)
	descPostings = prometheus.NewDesc("portal_postings", "Postings by status.", []string{"status"}, nil)
	descLag      = prometheus.NewDesc("portal_index_lag", "Changes that this process's index has still to follow.", nil, nil)
	descIndexed  = prometheus.NewDesc("portal_index_postings", "Open postings in this process's index.", nil, nil)
)

// Describe lists the metrics.
func (feedCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descFailures, descAge, descRejects, descPostings, descLag, descIndexed} {
		ch <- d
	}
}

// Collect leaves out what the database does not tell in time.
func (c feedCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	a := c.app
	te := string(jobposting.SourceTE)
	if state, err := a.postings.FeedState(ctx, jobposting.SourceTE); err == nil {
		gauge(descFailures, float64(state.Failures), te)
		read := state.ReadAt
		if read.IsZero() {
			read = a.startedAt // never read is as old as the process
		}
		gauge(descAge, a.db.Now().Sub(read).Seconds(), te)
	}
	if n, err := jobposting.CountRejects(ctx, a.db, jobposting.SourceTE); err == nil {
		gauge(descRejects, float64(n), te)
	}
	stats, err := jobposting.Count(ctx, a.db)
	if err != nil {
		return
	}
	gauge(descPostings, float64(stats.Scheduled), string(jobposting.StatusScheduled))
	gauge(descPostings, float64(stats.Open), string(jobposting.StatusOpen))
	gauge(descPostings, float64(stats.Closed), string(jobposting.StatusClosed))
	gauge(descLag, float64(stats.LastSeq-a.index.Seq()))
	gauge(descIndexed, float64(a.index.Statistics().Open))
}
