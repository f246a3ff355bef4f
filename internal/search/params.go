package search

import (
	"fmt"
	"net/url"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
)

// ParseRequest reads a request from a URL's parameters: the criteria, the order
// from sort, and the cursor from after or before. Limit, Facets and Repairs are
// the caller's to set.
func ParseRequest(v url.Values) (Request, error) {
	criteria, err := ParseCriteria(v)
	if err != nil {
		return Request{}, err
	}
	r := Request{Criteria: criteria, Sort: Sort(v.Get("sort")), Cursor: v.Get("after")}
	if r.Cursor == "" {
		r.Cursor = v.Get("before")
	}
	var check fault.Checker
	switch r.Sort {
	case "", SortNewest, SortRelevance, SortClosing:
	default:
		check.Add(fault.FieldError{Field: "sort", MessageID: "search.unknown_code", Data: map[string]any{
			"Code": shown(string(r.Sort)),
		}})
	}
	return r, check.Err()
}

// parseDate reads a day in Finland as its first moment.
func parseDate(text string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, i18n.Helsinki)
	if err != nil {
		return time.Time{}, fmt.Errorf("parse a date: %w", err)
	}
	return t.UTC(), nil
}

func formatDate(t time.Time) string { return t.In(i18n.Helsinki).Format(time.DateOnly) }
