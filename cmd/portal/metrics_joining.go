package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/mail"
)

// workCollector reads what waits for the mail server and for officers.
type workCollector struct{ app *app }

//nolint:gochecknoglobals // constant descriptions
var (
	descMails     = prometheus.NewDesc("portal_mails_waiting", "Mails that wait to be sent.", nil, nil)
	descMailDelay = prometheus.NewDesc("portal_mail_delay_seconds", "How long the mail has waited that should have gone first.", nil, nil)
	descCases     = prometheus.NewDesc("portal_cases_waiting", "Applications that wait for an officer.", nil, nil)
	descLate      = prometheus.NewDesc("portal_cases_late", "Applications that have waited longer than promised.", nil, nil)
	descRequests  = prometheus.NewDesc("portal_data_requests_waiting", "Requests about persons' own data that wait for an answer.", nil, nil)
	descOverdue   = prometheus.NewDesc("portal_data_requests_late", "Requests about persons' own data that should have been answered.", nil, nil)
	descRetention = prometheus.NewDesc("portal_retention_age_seconds", "Time since retention last gave up all that was due.", nil, nil)
	descTasks     = prometheus.NewDesc("portal_task_failures_total", "Runs of a task that failed in this process.", []string{"kind"}, nil)
	descWatches   = prometheus.NewDesc("portal_job_watches", "Job watches in force at the last reconciliation.", nil, nil)
	descUnsound   = prometheus.NewDesc("portal_job_watch_unsound", "1 when the last reconciliation of the job watches did not add up.", nil, nil)
)

// Describe lists the metrics.
func (workCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descMails, descMailDelay, descCases, descLate, descRequests, descOverdue, descRetention, descTasks, descWatches, descUnsound} {
		ch <- d
	}
}

// Collect leaves out what the database does not tell in time.
func (c workCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	if n, delay, err := mail.Waiting(ctx, c.app.db); err == nil {
		gauge(descMails, float64(n))
		gauge(descMailDelay, delay.Seconds())
	}
	for kind, n := range c.app.tasks.Failures() {
		ch <- prometheus.MustNewConstMetric(descTasks, prometheus.CounterValue, float64(n), kind)
	}
	if days, err := c.app.watches.Reports(ctx, 1); err == nil && len(days) == 1 {
		gauge(descWatches, float64(days[0].Watches))
		unsound := 0.0
		if !days[0].Figures.Sound() {
			unsound = 1
		}
		gauge(descUnsound, unsound)
	}
	if n, err := c.app.reviews.Counts(ctx); err == nil {
		gauge(descCases, float64(n.Waiting))
		gauge(descLate, float64(n.Late))
	}
	if n, err := datarequest.Backlog(ctx, c.app.db); err == nil {
		gauge(descRequests, float64(n.Waiting))
		gauge(descOverdue, float64(n.Late))
	}
	if at, err := c.app.retention.LastDone(ctx); err == nil {
		if at.IsZero() {
			at = c.app.startedAt // never done is as old as the process
		}
		gauge(descRetention, c.app.db.Now().Sub(at).Seconds())
	}
}
