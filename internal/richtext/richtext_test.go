package richtext_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tyomarkkinatori.fi/portal/internal/richtext"
)

func TestClean(t *testing.T) {
	t.Parallel()

	tests := []struct{ name, in, want string }{
		{"markdown stays", "# Työ\n\n- **yksi** & kaksi\n> lainaus `x`", "# Työ\n\n- **yksi** & kaksi\n> lainaus `x`"},
		{"comparisons stay", "palkka < 3 000 €, a<3, x <= y > z", "palkka < 3 000 €, a<3, x <= y > z"},
		{"addresses in brackets stay", "katso <https://a.example/x> tai <rekry@a.example>", "katso <https://a.example/x> tai <rekry@a.example>"},
		{"scripts go with their content", "a<script>alert(1)</script>b", "ab"},
		{"scripts without an end", "a <ScRiPt src=//x>alert(1)", "a"},
		{"styles and frames", "a<style>*{}</style><iframe src=x>y</iframe><svg/onload=alert(1)>z</svg >b", "ab"},
		{"tags leave their content", "<p>Hei <b onclick='x()'>sinä</b>,<br/>tule</p>", "Hei sinä,\ntule"},
		{"entities beside tags", "<b>A &amp; B</b> &lt;script&gt;x&lt;/script&gt;&#x202e;c", "A & B c"},
		{"entities alone", "A &amp; B", "A &amp; B"},
		{"lists become lists", "<ul><li>yksi</li><li>kaksi</li></ul>", "- yksi\n\n- kaksi"},
		{"pictures go", `a<img src=x onerror="alert(1)">b`, "ab"},
		{"comments and declarations go", "a<!-- <b> -->b<!DOCTYPE x><?php x ?>c", "abc"},
		{"a tag made by taking one out", "<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt>alert(1)ipt>"},
		{"nested on purpose", strings.Repeat("<", 20) + "b>" + strings.Repeat("a>", 20), strings.Repeat("a>", 13)},
		{"control characters", "a\x00b\x07c\td\x7f\u0085e", "abc\tde"},
		{"line ends", "a\r\nb\rc\u2028d", "a\nb\nc\nd"},
		{"direction and invisible characters", "a\u202eb\u2066c\ufeffd\u200be\u00adf", "abcdef"},
		{"invalid UTF-8", "a\xffb", "a\ufffdb"},
		{"no closing mark", "a <b <i <script", "a <b <i <script"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			if got := richtext.Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestHTML(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name, in string
		markdown bool
		want     string
	}{
		{
			"plain", "Hei <3 & moi\nrivi\n\nKatso https://a.example/x?a=1&b=2.", false,
			`<p>Hei &lt;3 &amp; moi<br>rivi</p><p>Katso <a href="https://a.example/x?a=1&amp;b=2" rel="nofollow noreferrer">https://a.example/x?a=1&amp;b=2</a>.</p>`,
		},
		{"plain keeps markdown's marks", "**ei** # otsikko", false, "<p>**ei** # otsikko</p>"},
		{"emphasis and lists", "Haemme **osaajaa**\n\n- a\n- b", true, "<p>Haemme <strong>osaajaa</strong></p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"lines end where they end", "a\nb", true, "<p>a<br>\nb</p>\n"},
		{"headings begin at the third level", "# A\n\n#### B\n\n## C\n\n# D", true, "<h3>A</h3>\n<h4>B</h4>\n<h4>C</h4>\n<h3>D</h3>\n"},
		{
			"links", "[hae](https://a.example) <rekry@a.example>", true,
			`<p><a href="https://a.example" rel="nofollow noreferrer">hae</a> <a href="mailto:rekry@a.example" rel="nofollow noreferrer">rekry@a.example</a></p>` + "\n",
		},
		{"script links", "[x](javascript:alert(1)) [y](data:text/html,z) [z](/polku) [v](vbscript:x)", true, "<p>x y z v</p>\n"},
		{"pictures leave their words", "![kuva *työstä*](https://track.example/p.gif)", true, "<p>kuva <em>työstä</em></p>\n"},
		{"entities make no tags", "&lt;script&gt;alert(1)&lt;/script&gt;", true, "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"},
		{"nothing", " \n ", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			if got := richtext.HTML(tt.in, tt.markdown); got != tt.want {
				t.Errorf("HTML(%q) =\n%s\nwant\n%s", tt.in, got, tt.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	t.Parallel()

	in := "# Työ\n\nHaemme **osaajaa** [tänne](https://a.example)\nheti &amp; nyt\\!\n\n- yksi\n- kaksi\n\n![kuva](x.png) <https://b.example>"
	want := "Työ\nHaemme osaajaa tänne\nheti & nyt!\nyksi\nkaksi\nkuva https://b.example"
	if got := richtext.Text(in, true); got != want {
		t.Errorf("Text =\n%s\nwant\n%s", got, want)
	}
	if got, want := richtext.Text("a **b**\n# c", false), "a **b**\n# c"; got != want {
		t.Errorf("plain Text = %q, want %q", got, want)
	}
}

func TestLink(t *testing.T) {
	t.Parallel()

	tests := []struct{ in, want string }{
		{"https://a.example/ä?q=1#x", "https://a.example/%C3%A4?q=1#x"},
		{" HTTP://A.example ", "http://A.example"},
		{"www.a.example/hae", "https://www.a.example/hae"},
		{"mailto:rekry@a.example", "mailto:rekry@a.example"},
		{"tel:+358401234567", "tel:+358401234567"},
		{"javascript:alert(1)", ""},
		{"JaVa\tScRiPt:alert(1)", ""},
		{"java\x00script:alert(1)", ""},
		{"data:text/html,x", ""},
		{"//a.example", ""},
		{"/polku", ""},
		{"https://", ""},
		{"https://user:word@a.example", ""},
		{"https://a.example/<script>", "https://a.example/"},
		{"hae lomakkeella", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := richtext.Link(tt.in); got != tt.want {
			t.Errorf("Link(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()

	for limit, want := range map[int]string{0: "", 1: "", 2: "ä", 3: "ä", 4: "äö", 9: "äö"} {
		if got := richtext.Cut("äö", limit); got != want {
			t.Errorf("Cut(%d) = %q, want %q", limit, got, want)
		}
	}
}

// TestHostileTextsAreQuick checks that the longest text a posting may hold costs
// little, however it is built.
func TestHostileTextsAreQuick(t *testing.T) {
	t.Parallel()

	// Time on the processor: on a busy machine the clock on the wall says little.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const size = 100_000
	for _, unit := range []string{"<", "<a", "<script>", "[", "![", "](", "*a _b ", "> ", ">", "- ", "- a ", "1. ", "+ > ", "`", "&#x", "<!--", "http://", "a@", "#\n", "[a]: <", "\t- "} {
		text := strings.Repeat(unit, size/len(unit))
		start := threadTime(t)
		richtext.HTML(text, true)
		richtext.Text(text, true)
		if took := threadTime(t) - start; took > 5*time.Second {
			t.Errorf("%q repeated took %s", unit, took)
		}
	}
}

func threadTime(t *testing.T) time.Duration {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		t.Fatal(err)
	}
	return time.Duration(now.Nano())
}

func FuzzHTML(f *testing.F) {
	for _, seed := range []string{
		"# a\n<script>x</script>", "<a href=javascript:x>", "[x](javascript:y)", "<<b>script>", "![a](b \"c\")", "&#60;script&#62;", "a<b\nc>d",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, s string, markdown bool) {
		clean := richtext.Clean(s)
		if again := richtext.Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, and again %q", s, clean, again)
		}
		out := strings.ToLower(richtext.HTML(s, markdown))
		for _, bad := range []string{"<script", "<style", "<img", "<svg", "<iframe", "<h1", "<h2", `href="javascript`, `href="data`} {
			if strings.Contains(out, bad) {
				t.Errorf("HTML(%q) = %q holds %s", s, out, bad)
			}
		}
		if text := richtext.Text(s, markdown); strings.ContainsAny(text, "\x00\r") {
			t.Errorf("Text(%q) = %q holds control characters", s, text)
		}
	})
}
