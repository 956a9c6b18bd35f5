package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const product = "github.com/centplugins/centplugins"

func TestNotices(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", program, product).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var b bytes.Buffer
	if err := write(&b, program, "../../../LICENSE"); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) < 5 {
		t.Fatalf("the program names %d modules", len(info.Deps))
	}
	sections := strings.Split(b.String(), strings.Repeat("-", 80)+"\n")[1:]
	if len(sections) != len(info.Deps)+1 {
		t.Errorf("%d sections for %d modules and the standard library", len(sections), len(info.Deps))
	}
	for i, section := range sections {
		if i > 0 && !strings.HasPrefix(section, info.Deps[i-1].Path+"\nSource: https://pkg.go.dev/"+info.Deps[i-1].Path+"@"+info.Deps[i-1].Version+"\n") {
			t.Errorf("section %d is not of %s: %.80s", i, info.Deps[i-1].Path, section)
		}
		if strings.Contains(section, "Apache License") {
			t.Errorf("section %d repeats the licence of the program: %.80s", i, section)
		}
		if !strings.Contains(section, "opyright") && !strings.Contains(section, "those of the program itself") && !strings.Contains(section, "Mozilla Public License") {
			t.Errorf("no licence in %.80q", section)
		}
	}
}

func TestRefer(t *testing.T) {
	t.Parallel()
	const own = "Licence of ours\n  1. Do.\n END OF TERMS AND CONDITIONS\n Copyright [yyyy] [name]\n"
	for text, want := range map[string]string{
		"Licence of ours\n1. Do.": "The terms are those of the program itself: see above.",
		"Licence of ours 1. Do.\nEND OF TERMS AND CONDITIONS\n   Copyright 2012 Ann\n": "The terms are those of the program itself: see above.\nCopyright 2012 Ann",
		"Copyright 2012 Ann\nLicence of ours 1. Do.":                                   "Copyright 2012 Ann\nLicence of ours 1. Do.",
		"Another": "Another",
	} {
		if got := refer(text, own); got != want {
			t.Errorf("refer(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestModuleWithoutLicence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "readme.md"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := notice(&bytes.Buffer{}, "some/module", "", dir, ""); err == nil || !strings.Contains(err.Error(), "some/module has no licence file") {
		t.Errorf("error: %v", err)
	}
}

func TestNoProgram(t *testing.T) {
	t.Parallel()
	if err := write(&bytes.Buffer{}, "main_test.go", "../../../LICENSE"); err == nil {
		t.Error("a text has licences")
	}
}

// TestBillOfMaterials reads that of a release, which make test-packages makes: what CycloneDX 1.6 requires is there, and all
// modules of the program are.
func TestBillOfMaterials(t *testing.T) {
	t.Parallel()
	file, program, ok := strings.Cut(os.Getenv("CENTPLUGINS_BILL"), ":")
	if !ok {
		t.Skip("needs a release: make test-packages runs it")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type component struct {
		Type, Name, Version, PURL string
		Hashes                    []struct{ Alg, Content string }
	}
	var bill struct {
		BOMFormat   string `json:"bomFormat"`
		SpecVersion string `json:"specVersion"`
		Version     int
		Metadata    struct {
			Timestamp string
			Component component
		}
		SerialNumber string
		Components   []component
		Dependencies []struct{ Ref string }
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	if bill.BOMFormat != "CycloneDX" || bill.SpecVersion != "1.6" || bill.Version < 1 || bill.Metadata.Component.Name != product ||
		bill.Metadata.Component.Type != "application" || bill.Metadata.Timestamp+bill.SerialNumber != "" || len(bill.Dependencies) == 0 {
		t.Errorf("head: %+v", bill)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"std@" + info.GoVersion}
	for _, module := range info.Deps {
		want = append(want, module.Path+"@"+module.Version)
	}
	var got []string
	for _, c := range bill.Components {
		got = append(got, c.Name+"@"+c.Version)
		if c.Type != "library" || !strings.HasPrefix(c.PURL, "pkg:golang/"+c.Name+"@") || c.Name != "std" && len(c.Hashes) == 0 {
			t.Errorf("component: %+v", c)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("components %q, want %q", got, want)
	}
}
