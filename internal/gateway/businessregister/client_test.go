package businessregister_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/registersim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/gateway/businessregister"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/organisation"
)

func clock() time.Time { return time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC) }

func register(t *testing.T) (*registersim.System, *businessregister.Client) {
	t.Helper()
	sim := registersim.New(world.Default(), registersim.Options{Clock: clock})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sim, businessregister.New(server.URL+"/opendata-ytj-api/v3", clock)
}

func id(key string) organisation.BusinessID {
	return organisation.BusinessID(world.Default().Organisation(key).BusinessID)
}

func TestCompany(t *testing.T) {
	t.Parallel()

	_, client := register(t)
	got, err := client.Company(t.Context(), id("koivutyo"))
	if err != nil {
		t.Fatal(err)
	}
	city := map[i18n.Lang]string{i18n.Finnish: "Helsinki", i18n.Swedish: "Helsingfors"}
	want := organisation.Organisation{
		BusinessID: "9000000-3", Name: "Koivutyö Oy", ParallelNames: []string{"Björkarbete Ab"},
		Form:                "OY",
		FormNames:           map[i18n.Lang]string{i18n.Finnish: "Osakeyhtiö", i18n.Swedish: "Aktiebolag", i18n.English: "Limited company"},
		TradeRegisterStatus: "1", Status: "2",
		Addresses: []organisation.Address{
			{Kind: organisation.AddressVisiting, Lines: []string{"Koivukatu 5"}, PostCode: "00100", City: city, Municipality: "091"},
			{Kind: organisation.AddressPostal, Lines: []string{"PL 12"}, PostCode: "00100", City: city, Municipality: "091"},
		},
		RegisteredOn: time.Date(2012, time.March, 1, 0, 0, 0, 0, time.UTC),
		FetchedAt:    clock(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !got.Sound() || got.Address(organisation.AddressPostal).PostCode != "00100" || got.Address("other").PostCode != "" {
		t.Errorf("%+v", got)
	}
}

func TestEveryOrganisationOfTheWorldIsTold(t *testing.T) {
	t.Parallel()

	_, client := register(t)
	for _, o := range world.Default().Organisations {
		got, err := client.Company(t.Context(), organisation.BusinessID(o.BusinessID))
		if o.Unregistered {
			if !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("%s: got %v", o.Key, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", o.Key, err)
			continue
		}
		if got.Name != o.Name || got.Form != o.Form || got.Ceased != o.Ceased || got.Sound() != (o.Situation == "" || o.Situation == world.Reorganisation) && !o.Ceased {
			t.Errorf("%s: got %+v", o.Key, got)
		}
		if got.Bankruptcy != (o.Situation == world.Bankruptcy) || got.Liquidation != (o.Situation == world.Liquidation) ||
			got.Reorganisation != (o.Situation == world.Reorganisation) {
			t.Errorf("%s: situation %+v", o.Key, got)
		}
	}
	if _, err := client.Company(t.Context(), "1234567-1"); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("unknown ID: got %v", err)
	}
}

func TestFaultsOfTheRegister(t *testing.T) {
	t.Parallel()

	tests := []struct {
		mode string
		wait int
		// served is how many requests one look-up takes.
		served int
		check  func(o organisation.Organisation, err error) bool
	}{
		{mode: "429", served: 1, check: isBusy(0)},
		{mode: "429", wait: 90, served: 1, check: isBusy(90 * time.Second)},
		{mode: "400", served: 1, check: isOutage},
		{mode: "500", served: 1, check: isOutage},
		{mode: "503", served: 1, check: isOutage},
		{mode: "drop", served: 1, check: isOutage},
		{mode: "html", served: 1, check: isOutage},
		{mode: "empty", served: 1, check: isOutage},
		{mode: "long", served: 1, check: isOutage},
		{mode: "truncate", served: 1, check: isOutage},
		{mode: "endless", served: 2, check: isOutage},
		{mode: "other-company", served: 1, check: isOutage},
		{mode: "missing-fields", served: 1, check: func(o organisation.Organisation, err error) bool {
			return err == nil && o.Name == "9000000-3" && o.TradeRegisterStatus == "1"
		}},
		{mode: "unknown-fields", served: 1, check: func(o organisation.Organisation, err error) bool {
			return err == nil && o.Name == "Koivutyö Oy"
		}},
		{mode: "wrong-types", served: 1, check: func(o organisation.Organisation, err error) bool {
			return err == nil && o.Name == "9000000-3" && o.Addresses == nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			t.Parallel()

			sim, client := register(t)
			if err := sim.SetFault(registersim.Fault{Mode: tt.mode, Wait: tt.wait}); err != nil {
				t.Fatal(err)
			}
			o, err := client.Company(t.Context(), id("koivutyo"))
			if !tt.check(o, err) {
				t.Errorf("got %+v, %v", o, err)
			}
			if err != nil && strings.Contains(err.Error(), "9000000") {
				t.Errorf("the error names the organisation: %v", err)
			}
			if got := sim.Served(); got != tt.served {
				t.Errorf("%d requests, want %d", got, tt.served)
			}
		})
	}
}

func isBusy(wait time.Duration) func(organisation.Organisation, error) bool {
	return func(_ organisation.Organisation, err error) bool {
		busy, ok := errors.AsType[*fault.BusyError](err)
		return ok && busy.RetryAfter == wait
	}
}

func isOutage(_ organisation.Organisation, err error) bool {
	_, busy := errors.AsType[*fault.BusyError](err)
	return err != nil && !busy && !errors.Is(err, fault.ErrNotFound)
}
