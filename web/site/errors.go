package site

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/ui"
)

// ErrorStatuses are the statuses with a page of their own words.
func ErrorStatuses() []int {
	return []int{
		http.StatusBadRequest,
		http.StatusForbidden,
		http.StatusNotFound,
		http.StatusMethodNotAllowed,
		http.StatusRequestTimeout,
		http.StatusConflict,
		http.StatusGone,
		http.StatusRequestEntityTooLarge,
		http.StatusRequestURITooLong,
		http.StatusMisdirectedRequest,
		http.StatusUnprocessableEntity,
		http.StatusTooManyRequests,
		http.StatusRequestHeaderFieldsTooLarge,
		http.StatusInternalServerError,
		http.StatusServiceUnavailable,
	}
}

// ErrorPage makes the page for status. It asks nothing of the rest of the
// portal, so it can be shown when that is down.
func ErrorPage(ctx context.Context, status int) templ.Component {
	if !slices.Contains(ErrorStatuses(), status) {
		status = http.StatusInternalServerError
	}
	id := "error." + strconv.Itoa(status) + "."
	page, form := respond.OfForm(ctx)
	text := id + "text"
	if form && status == http.StatusForbidden {
		text = "error.403.form"
	}
	return errorPage(failure{
		FormPage:  page,
		Title:     i18n.T(ctx, id+"title"),
		Text:      i18n.T(ctx, text),
		Ours:      status >= http.StatusInternalServerError,
		RequestID: ui.RequestID(ctx),
	})
}

// failure is what an error page tells.
type failure struct {
	Title, Text string
	// Ours tells that the fault is the service's, so that the reader is told who
	// helps meanwhile.
	Ours bool
	// FormPage is the page of ours with the form that failed, "" for none.
	FormPage  string
	RequestID string
}
