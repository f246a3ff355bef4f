package jobwatch

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/search"
)

// paramsVersion is of the parameters in which criteria are kept. When the search
// page reads other ones, it rises, and upgrades gets a function more.
const paramsVersion = 1

// upgrades turn kept parameters of version n+1 into those of version n+2.
//
//nolint:gochecknoglobals // a constant table
var upgrades = []func(v url.Values){}

// canonical takes off what makes no difference to which new postings match, so
// that watches for one thing share one search.
func canonical(c search.Criteria) search.Criteria {
	c.Query = strings.Join(strings.Fields(c.Query), " ")
	c.Since = time.Time{}
	for _, list := range []*[]string{
		&c.Literal, &c.Municipalities, &c.Regions, &c.Countries, &c.Occupations, &c.Continuity,
		&c.WorkTimes, &c.Employments, &c.PostingLanguages, &c.WorkLanguages,
	} {
		*list = slices.Compact(slices.Sorted(slices.Values(*list)))
	}
	return c
}

// encodeCriteria returns the parameters of criteria as they are kept; equal
// criteria give equal bytes.
func encodeCriteria(c search.Criteria) ([]byte, error) {
	b, err := json.Marshal(c.Values())
	if err != nil {
		return nil, fmt.Errorf("encode criteria: %w", err)
	}
	return b, nil
}

func decodeCriteria(version int, data []byte) (search.Criteria, error) {
	var v url.Values
	if err := json.Unmarshal(data, &v); err != nil {
		return search.Criteria{}, fmt.Errorf("decode criteria: %w", err)
	}
	if version < 1 || version > paramsVersion {
		return search.Criteria{}, fmt.Errorf("decode criteria: no version %d", version)
	}
	for _, upgrade := range upgrades[version-1:] {
		upgrade(v)
	}
	c, err := search.ParseCriteria(v)
	if err != nil {
		return search.Criteria{}, fmt.Errorf("decode criteria: %w", err)
	}
	return c, nil
}

// hashOf names a search: the same criteria in the same version have one hash.
func hashOf(criteria []byte) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", paramsVersion, criteria))
	return sum[:]
}
