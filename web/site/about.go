package site

import (
	"context"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// edition is a version of a text that we are bound by. Old ones stay on the
// list: a reader can see what changed and when.
type edition struct {
	on time.Time
	// changeID names the message that says what changed.
	changeID string
}

// day reads a date such as 2026-11-22, as the midnight that begins it in Helsinki.
func day(date string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, date, i18n.Helsinki)
	if err != nil {
		panic(err) // a constant of this file
	}
	return t
}

// The editions of each text, newest first.
func privacyEditions() []edition {
	return []edition{
		{day("2026-11-22"), "site.privacy.edition_3"},
		{day("2026-11-22"), "site.privacy.edition_2"},
		{day("2026-11-21"), "site.privacy.edition_1"},
	}
}

func cookieEditions() []edition {
	return []edition{
		{day("2026-11-22"), "site.cookies.edition_2"},
		{day("2026-11-21"), "site.cookies.edition_1"},
	}
}

func accessibilityEditions() []edition {
	return []edition{{day("2026-11-21"), "site.accessibility.edition_1"}}
}

// mapped is an entry of the site map.
type mapped struct {
	labelID string
	page    paths.Pair
}

type mapSection struct {
	titleID string
	pages   []mapped
}

// siteMap lists every page that a reader can come to without an address at hand.
func siteMap() []mapSection {
	return []mapSection{
		{"site.map.jobs", []mapped{
			{"site.map.front", paths.Front},
			{"ui.jobs", paths.JobSearch},
			{"site.map.watch", paths.Watch},
			{"site.map.watch_quality", paths.WatchQuality},
			{"site.map.feed", paths.JobFeed},
			{"site.map.deadlines", paths.JobDeadlines},
		}},
		{"site.map.partners", []mapped{
			{"site.map.join", paths.Join},
			{"site.map.terms", paths.Terms},
			{"site.map.own", paths.OwnFront},
			{"profile.title", paths.Profile},
			{"owndata.title", paths.OwnData},
			{"site.map.sign_in", paths.SignIn},
			{"site.map.staff", paths.StaffSignIn},
		}},
		{"site.map.service", []mapped{
			{"ui.about", paths.About},
			{"ui.feedback", paths.Feedback},
			{"ui.accessibility", paths.Accessibility},
			{"ui.privacy", paths.Privacy},
			{"keeping.title", paths.Keeping},
			{"ui.cookies", paths.Cookies},
			{"ui.site_map", paths.SiteMap},
		}},
	}
}

func topicLink(ctx context.Context, topic string) string {
	return paths.To(ctx, paths.Feedback) + "?topic=" + topic
}
