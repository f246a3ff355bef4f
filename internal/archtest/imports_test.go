package archtest_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer is a group of packages and what it may import of the project. Entries
// end in / for everything below.
type layer struct {
	packages string
	may      []string
}

// The layers, most specific first; a package belongs to the first that names it.
// Mechanisms know no domain, capabilities only mechanisms and capabilities below
// them, pages both, and cmd everything.
func layers() []layer {
	mechanisms := []string{"internal/postgres", "internal/audit", "internal/fault", "internal/i18n", "internal/task", "internal/secret", "internal/richtext", "internal/mail", "internal/workday", "internal/keeping", "internal/keeping/purge", "internal/logline", "migrations"}
	with := func(more ...string) []string { return slices.Concat(mechanisms, more) }
	pages := with("web/ui", "web/respond", "web/route", "web/paths", "web/edge", "web/session", "web/partnerview", "web/periodview", "web/static", "internal/reference", "internal/jobposting", "internal/search", "internal/notice", "internal/feedback",
		"internal/identity", "internal/entry", "internal/organisation", "internal/mandate", "internal/terms", "internal/partner", "internal/review", "internal/viewing", "internal/document", "internal/jobwatch",
		"internal/profile", "internal/consent", "internal/datarequest", "internal/owndata", "internal/inventory", "internal/retention")
	return []layer{
		{"cmd/simulator/", []string{"cmd/simulator/", "internal/reference"}},
		{"cmd/dev/", []string{"cmd/dev/"}},
		{"cmd/portal", []string{"web/", "internal/", "migrations", "locales"}},
		{"web/e2e", nil},
		{"web/session/sessiontest", nil},
		{"web/ui", []string{"internal/fault", "internal/i18n", "web/paths", "web/static"}},
		{"web/paths", []string{"internal/i18n"}},
		{"web/respond", []string{"internal/fault", "internal/i18n", "internal/postgres"}},
		{"web/route", []string{"internal/i18n", "internal/identity", "web/paths", "web/respond"}},
		{"web", slices.Concat(pages, []string{"web/", "locales"})},
		{"web/", pages},
		{"internal/gateway/", with("internal/jobposting", "internal/identity", "internal/organisation", "internal/mandate", "internal/document")},
		{"internal/mandate", with("internal/identity", "internal/organisation")},
		{"internal/terms", with("internal/identity", "internal/organisation")},
		{"internal/partner", with("internal/identity", "internal/organisation", "internal/mandate", "internal/terms", "internal/reference")},
		{"internal/document", with("internal/identity")},
		{"internal/viewing", with("internal/identity")},
		{"internal/review", with("internal/identity", "internal/organisation", "internal/mandate", "internal/terms", "internal/partner", "internal/document", "internal/viewing")},
		{"internal/jobwatch/matcher", with("internal/search/", "internal/search")},
		{"internal/jobwatch", with("internal/jobwatch/", "internal/search/", "internal/search", "internal/jobposting", "internal/reference", "internal/terms")},
		{"internal/search/", with("internal/search/", "internal/search", "internal/jobposting", "internal/reference", "internal/finnish", "internal/swedish", "cmd/simulator/corpus")},
		{"internal/search", with("internal/search/", "internal/jobposting", "internal/reference", "internal/finnish", "internal/swedish")},
		{"internal/jobposting", with("internal/reference")},
		{"internal/identity/identitytest", with("internal/identity")},
		{"internal/terms/termstest", with("internal/identity", "internal/terms")},
		{"internal/partner/partnertest", nil},
		{"internal/entry", with("internal/identity")},
		{"internal/profile", with("internal/identity", "internal/reference")},
		{"internal/consent", with("internal/identity")},
		{"internal/datarequest", with("internal/identity", "internal/document", "internal/viewing")},
		{"internal/feedback", with("internal/identity")},
		{"internal/retention", with("internal/inventory", "internal/identity")},
		{"internal/owndata", with("internal/inventory", "internal/identity", "internal/viewing")},
		{"internal/finnish", nil},
		{"internal/finnish/finnishtest", []string{"internal/finnish"}},
		{"internal/swedish", nil},
		{"internal/", mechanisms},
		{"migrations", nil},
		{"locales", nil},
	}
}

// Only these may speak to the outside in these ways.
var restricted = []struct {
	imported, why string
	allowed       []string
}{
	{"net/http", "only the edge, gateways and commands speak HTTP", []string{"web", "web/", "internal/gateway/", "cmd/"}},
	{"github.com/a-h/templ", "only pages render", []string{"web", "web/"}},
	{"github.com/jackc/pgx/v5", "only stores know the driver", []string{"internal/", "cmd/dev/"}},
	{"tyomarkkinatori.fi/portal/internal/postgres/pgtest", "test code only", []string{"web/session/sessiontest"}},
	{"testing", "test code only", []string{"internal/postgres/pgtest", "internal/logline/logtest", "internal/finnish/finnishtest", "internal/identity/identitytest", "internal/terms/termstest", "internal/partner/partnertest", "web/session/sessiontest", "web/htmltest"}},
	{"math/rand", "use math/rand/v2 or crypto/rand", nil},
	{"log", "use log/slog", nil},
}

func TestImports(t *testing.T) {
	t.Parallel()

	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "../../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], module)
		n++
		for _, imp := range words[1:] {
			for _, r := range restricted {
				if imp == r.imported && !names(r.allowed, pkg) {
					t.Errorf("%s imports %s: %s", pkg, imp, r.why)
				}
			}
			own, isOwn := strings.CutPrefix(imp, module)
			if isOwn && !mayImport(pkg, own) {
				t.Errorf("%s imports %s: against README's import diagram", pkg, own)
			}
		}
	}
	if n < 10 {
		t.Fatalf("found %d packages", n)
	}
}

func mayImport(pkg, imp string) bool {
	for _, l := range layers() {
		if names([]string{l.packages}, pkg) {
			return l.may == nil && isTest(pkg) || names(l.may, imp)
		}
	}
	return false
}

// isTest tells packages that only tests import and that may stand on anything.
func isTest(pkg string) bool { return strings.HasSuffix(pkg, "test") }

func names(list []string, pkg string) bool {
	return slices.ContainsFunc(list, func(s string) bool {
		return s == pkg || strings.HasSuffix(s, "/") && (strings.HasPrefix(pkg, s) || s == pkg+"/")
	})
}
