package reference

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxESCOFile is several times the largest official file.
	maxESCOFile  = 64 << 20
	maxESCOLabel = 300
	maxESCOURI   = 200
)

var (
	errNotESCO  = errors.New("not an ESCO table: want columns conceptUri, preferredLabel and iscoGroup, or uri, notation, fi, sv and en")
	errLanguage = errors.New("tell the language: end the name in _fi.csv, _sv.csv or _en.csv")
	errTooLarge = errors.New("larger than 64 MiB")
)

// escoNamespaces are the addresses under which concepts are named: ESCO's own,
// and Finland's.
var escoNamespaces = regexp.MustCompile(`^https?://data\.(?:europa\.eu|tyomarkkinatori\.fi)/esco/(occupation|isco|skill|skill-group|isced-f|concept-scheme)/[^\s]+$`)

func (s occupationSet) read(f ESCOFile, report *ESCOReport) error {
	b, err := io.ReadAll(io.LimitReader(f.Content, maxESCOFile+1))
	if err != nil {
		return err
	}
	if len(b) > maxESCOFile {
		return errTooLarge
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	fault := func(line int, reason string) {
		report.Faults = append(report.Faults, ESCOFault{File: f.Name, Line: line, Reason: reason})
	}
	head, _, _ := strings.Cut(text, "\n")
	if strings.Contains(head, "\t") {
		return s.readTabs(text, report, fault)
	}
	return s.readCSV(f, text, report, fault)
}

// columns finds the wanted columns of a header, or returns false when one is
// missing.
func columns(header []string, want ...string) ([]int, bool) {
	at := make([]int, len(want))
	for i, name := range want {
		at[i] = slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
		if at[i] < 0 {
			return nil, false
		}
	}
	return at, true
}

func (s occupationSet) readTabs(text string, report *ESCOReport, fault func(int, string)) error {
	var at []int
	line := 0
	for row := range strings.Lines(text) {
		line++
		cells := strings.Split(strings.TrimRight(row, "\r\n"), "\t")
		if at == nil {
			var ok bool
			if at, ok = columns(cells, "uri", "notation", "fi", "sv", "en"); !ok {
				return errNotESCO
			}
			continue
		}
		if len(cells) == 1 && strings.TrimSpace(cells[0]) == "" {
			continue
		}
		if len(cells) <= slices.Max(at) {
			fault(line, fmt.Sprintf("%d columns", len(cells)))
			continue
		}
		named := map[string]names{}
		for i, lang := range []string{"fi", "sv", "en"} {
			if label := strings.TrimSpace(cells[at[2+i]]); label != "" {
				named[lang] = names{preferred: label}
			}
		}
		// A notation is the unit group and the place in it: 2221.2.
		isco, _, _ := strings.Cut(cells[at[1]], ".")
		s.put(cells[at[0]], isco, named, report, func(reason string) { fault(line, reason) })
	}
	if at == nil {
		return errNotESCO
	}
	return nil
}

func (s occupationSet) readCSV(f ESCOFile, text string, report *ESCOReport, fault func(int, string)) error {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return errNotESCO
	}
	at, ok := columns(header, "conceptUri", "preferredLabel", "iscoGroup")
	if !ok {
		return errNotESCO
	}
	lang := f.language()
	if lang == "" {
		return errLanguage
	}
	alt, hasAlt := columns(header, "altLabels")
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			fault(bad.StartLine, "not valid CSV")
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if len(cells) <= slices.Max(at) {
			fault(line, fmt.Sprintf("%d columns", len(cells)))
			continue
		}
		n := names{preferred: strings.TrimSpace(cells[at[1]])}
		if hasAlt {
			n.alt = []string{}
			if alt[0] < len(cells) {
				n.alt = splitLabels(cells[alt[0]])
			}
		}
		named := map[string]names{}
		if n.preferred != "" {
			named[lang] = n
		}
		s.put(cells[at[0]], cells[at[2]], named, report, func(reason string) { fault(line, reason) })
	}
}

// language tells the language of an official file, "" when nothing does.
func (f ESCOFile) language() string {
	langs := []string{"fi", "sv", "en"}
	if slices.Contains(langs, f.Lang) {
		return f.Lang
	}
	parts := strings.FieldsFunc(strings.ToLower(path.Base(f.Name)), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, p := range slices.Backward(parts) {
		if slices.Contains(langs, p) {
			return p
		}
	}
	return ""
}

// splitLabels returns the labels of a cell that holds one on each line, sorted
// and none twice.
func splitLabels(cell string) []string {
	all := []string{}
	for label := range strings.Lines(cell) {
		if label = strings.TrimSpace(label); label != "" {
			all = append(all, label)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// put adds what one row says of an occupation.
func (s occupationSet) put(uri, isco string, named map[string]names, report *ESCOReport, fault func(string)) {
	uri = strings.TrimSpace(uri)
	namespace := escoNamespaces.FindStringSubmatch(uri)
	switch {
	case namespace == nil || len(uri) > maxESCOURI || !isLabel(uri):
		fault("not the address of an ESCO concept")
		return
	case namespace[1] != "occupation":
		report.Ignored++
		return
	}
	unit, ok := unitGroup(isco)
	if !ok {
		fault("no unit group of ISCO-08")
		return
	}
	if len(named) == 0 {
		fault("no name")
		return
	}
	for _, n := range named {
		if !isLabel(n.preferred) || !each(n.alt, isLabel) {
			fault("a name that is too long or not text")
			return
		}
	}
	o, known := s[uri]
	if !known {
		o = occupation{names: map[string]names{}}
	}
	o.isco = unit
	for lang, n := range named {
		if n.alt == nil {
			n.alt = o.names[lang].alt
		}
		o.names[lang] = n
	}
	s[uri] = o
}

func each(all []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(all, func(s string) bool { return !ok(s) })
}

func isLabel(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxESCOLabel &&
		!strings.ContainsFunc(s, unicode.IsControl)
}

// unitGroup reads the code of an ISCO-08 unit group as the tables write it:
// 2221, C2221, or 110 where a spreadsheet has eaten the zero.
func unitGroup(s string) (string, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "C")
	if len(s) == 3 {
		s = "0" + s
	}
	o, ok := OccupationByCode(s)
	return s, ok && o.Level == 4
}
