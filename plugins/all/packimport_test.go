package all_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// adminPassword is what testdata/centreon takes: characters that a shell would read.
const adminPassword = `s3cr"et $x`

// central is a central server of Centreon, as far as the importer of packs sees it: testdata/centreon, and what it keeps.
type central struct {
	store, tmp string
}

func newCentral(t *testing.T) central {
	t.Helper()
	c := central{store: t.TempDir(), tmp: t.TempDir()}
	for _, parent := range []string{"HTPL/Generic-Active-Cloud-Host-custom", "STPL/generic-active-service-custom"} {
		if err := os.MkdirAll(filepath.Join(c.store, parent), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func packFile(service string) string {
	return filepath.Join(packDir, "centreon-pack-cloud-microsoft-office365-"+service+".clapi")
}

// run runs the importer with words of the environment, then arguments. The password comes by the environment, unless they say otherwise.
func (c central) run(t *testing.T, words ...string) (string, int) {
	t.Helper()
	bin, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(packDir, "centreon-pack-import"))
	cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "TMPDIR=" + c.tmp, "CENTREON_STORE=" + c.store, "CENTREON_PASSWORD=" + adminPassword}
	for _, word := range words {
		if name, _, ok := strings.Cut(word, "="); ok && strings.ToUpper(name) == name {
			cmd.Env = append(cmd.Env, word)
		} else {
			cmd.Args = append(cmd.Args, word)
		}
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	text := string(out)
	if strings.Contains(text+c.log(t), "s3cr") {
		t.Errorf("the password shows: %s", text)
	}
	if left, err := os.ReadDir(c.tmp); err != nil || len(left) > 0 {
		t.Errorf("%v, left behind: %v", err, left)
	}
	return text, cmd.ProcessState.ExitCode()
}

func (c central) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.store, "log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// want runs the importer and checks its exit status and a part of what it says.
func (c central) want(t *testing.T, exit int, part string, words ...string) string {
	t.Helper()
	out, got := c.run(t, words...)
	if got != exit || !strings.Contains(out, part) {
		t.Errorf("%v: exit %d, want %d and %q: %s", words, got, exit, part, out)
	}
	return out
}

// objects are what is kept, by path.
func (c central) objects(t *testing.T) map[string]string {
	t.Helper()
	kept := map[string]string{}
	err := filepath.WalkDir(c.store, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "log" {
			return err
		}
		text, err := os.ReadFile(file)
		kept[strings.TrimPrefix(file, c.store+"/")] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func (c central) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(c.store, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c central) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(c.store, name)); err != nil {
		t.Fatal(err)
	}
}

const (
	quota     = "STPL/Cloud-Microsoft-Office365-AzureAD-Directory-Quota-Api-custom"
	quotaHost = "HTPL/Cloud-Microsoft-Office365-AzureAD-Api-custom"
)

func TestPackImport(t *testing.T) {
	t.Parallel()
	c := newCentral(t)
	files := []string{packFile("exchange"), packFile("management")}
	before := c.objects(t)

	out := c.want(t, 0, "Nothing was changed.", append([]string{"--dry-run"}, files...)...)
	if !maps.Equal(c.objects(t), before) {
		t.Error("a dry run changes something")
	}
	for _, file := range files {
		for name, service := range readPack(t, file).services {
			if !strings.Contains(out, "service template "+name+", below generic-active-service-custom") || !strings.Contains(out, "command "+service.command+"\n") {
				t.Errorf("the dry run does not tell of %s: %s", name, out)
			}
		}
	}

	// One of them is named twice.
	c.want(t, 0, "All of it was created.", append([]string{"--yes", files[0]}, files...)...)
	objects := c.objects(t)
	for _, file := range files {
		p := readPack(t, file)
		for name, line := range p.commands {
			wantObject(t, objects, "CMD/"+name, line)
		}
		for name, macros := range p.hosts {
			wantObject(t, objects, "HTPL/"+name+"/parent", "Generic-Active-Cloud-Host-custom")
			for macro, value := range macros {
				wantObject(t, objects, "HTPL/"+name+"/macros/"+macro, value+";")
			}
			wantObject(t, objects, "HTPL/"+name+"/macros/OFFICE365CLIENTSECRET", ";Client secret of the application: its value, not its ID;1\n")
		}
		for name, service := range p.services {
			wantObject(t, objects, "STPL/"+name+"/alias", service.alias)
			wantObject(t, objects, "STPL/"+name+"/check_command", service.command)
			wantObject(t, objects, "STPL/"+name+"/hosts", service.host)
			for macro, value := range service.macros {
				wantObject(t, objects, "STPL/"+name+"/macros/"+macro, value+";")
			}
		}
	}

	if out := c.want(t, 0, "Nothing to create.", append([]string{"--yes"}, files...)...); strings.Contains(out, "macro") || strings.Contains(out, "another") {
		t.Errorf("the second import tells of more: %s", out)
	}
	if !maps.Equal(c.objects(t), objects) {
		t.Error("the second import changes something")
	}
}

func wantObject(t *testing.T, objects map[string]string, name, start string) {
	t.Helper()
	if !strings.HasPrefix(objects[name], start) {
		t.Errorf("%s is %q, want %q", name, objects[name], start)
	}
}

// TestPackImportGoesOn breaks off an import behind each of its actions, and starts it again.
func TestPackImportGoesOn(t *testing.T) {
	t.Parallel()
	whole := newCentral(t)
	whole.want(t, 0, "All of it was created.", "--yes", packFile("azuread"))
	text, err := os.ReadFile(packFile("azuread"))
	if err != nil {
		t.Fatal(err)
	}
	actions := strings.Count(string(text), "\n")
	for n := range actions {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			c := newCentral(t)
			c.want(t, 1, "centreon-pack-import: Centreon refused ", fmt.Sprintf("REFUSE_AFTER=%d", n), "--yes", packFile("azuread"))
			c.want(t, 0, "All of it was created.", "--yes", packFile("azuread"))
			if got, want := c.objects(t), whole.objects(t); !maps.Equal(got, want) {
				t.Errorf("%v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
			if writes := strings.Count(c.log(t), "-a ADD") + strings.Count(c.log(t), "-a set") + strings.Count(c.log(t), "-a add"); writes != actions+1 {
				t.Errorf("%d actions, one of them refused, want %d", writes, actions+1)
			}
		})
	}
}

// TestPackImportKeeps imports over what somebody has changed since.
func TestPackImportKeeps(t *testing.T) {
	t.Parallel()
	c := newCentral(t)
	c.want(t, 0, "", "--yes", packFile("azuread"))
	c.write(t, quota+"/macros/WARNINGUSAGE", "80;;0\n")
	c.write(t, quotaHost+"/macros/OFFICE365CLIENTSECRET", "mine;;1\n")
	c.write(t, quota+"/check_command", "my-command\n")
	c.write(t, "CMD/Cloud-Microsoft-Office365-AzureAD-Directory-Quota-Api", "my line\n")
	c.remove(t, quota+"/hosts")
	changed := c.objects(t)
	out := c.want(t, 0, "Nothing to create.", "--yes", packFile("azuread"))
	if !strings.Contains(out, "there already, with another command line: command Cloud-Microsoft-Office365-AzureAD-Directory-Quota-Api\n") {
		t.Errorf("it does not tell of the other command line: %s", out)
	}
	if !maps.Equal(c.objects(t), changed) {
		t.Error("what somebody changed is changed back")
	}

	c.remove(t, quota+"/macros/UNITS")
	c.want(t, 0, "to Cloud-Microsoft-Office365-AzureAD-Directory-Quota-Api-custom:    macro UNITS = %", "--yes", packFile("azuread"))
	if got := c.objects(t); !strings.HasPrefix(got[quota+"/macros/UNITS"], "%;") || len(got) != len(changed) {
		t.Errorf("%v", got)
	}
}

func TestPackImportBesideCentreonsOwn(t *testing.T) {
	t.Parallel()
	c := newCentral(t)
	for _, name := range []string{quota, quotaHost} {
		c.write(t, name+"/alias", "own\n")
		c.write(t, strings.TrimSuffix(name, "-custom")+"/alias", "own\n")
	}
	before := c.objects(t)
	out := c.want(t, 0, "left to Centreon's own pack: service template Cloud-Microsoft-Office365-AzureAD-Directory-Quota-Api-custom", "--yes", packFile("azuread"))
	if !strings.Contains(out, "left to Centreon's own pack: host template") {
		t.Error(out)
	}
	for name := range c.objects(t) {
		if before[name] == "" && !strings.HasPrefix(name, "CMD/") {
			t.Errorf("%s was added", name)
		}
	}
}

func TestPackImportParents(t *testing.T) {
	t.Parallel()
	c := newCentral(t)
	for _, name := range []string{"HTPL/Generic-Active-Cloud-Host-custom", "STPL/generic-active-service-custom"} {
		c.remove(t, name)
	}
	before := c.objects(t)
	c.want(t, 1, "Centreon has no template Generic-Active-Cloud-Host-custom: install its free pack Base", "--yes", packFile("azuread"))
	c.write(t, "HTPL/my-hosts/alias", "mine\n")
	c.want(t, 1, "Centreon has no template generic-active-service-custom: ", "--yes", "--host-parent=my-hosts", packFile("azuread"))
	c.write(t, "STPL/my-services/alias", "mine\n")
	if got := c.objects(t); len(got) != len(before)+2 {
		t.Errorf("%v", got)
	}
	c.want(t, 0, "All of it was created.", "--yes", "--host-parent=my-hosts", "--service-parent", "my-services", packFile("azuread"))
	objects := c.objects(t)
	wantObject(t, objects, quotaHost+"/parent", "my-hosts\n")
	wantObject(t, objects, quota+"/parent", "my-services\n")
}

func TestPackImportPassword(t *testing.T) {
	t.Parallel()
	c := newCentral(t)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(adminPassword), 0o600); err != nil {
		t.Fatal(err)
	}
	pack := packFile("azuread")
	c.want(t, 0, "Nothing was changed.", "CENTREON_PASSWORD=", "--dry-run", "--password-file", file, pack)
	if err := os.WriteFile(file, []byte(adminPassword+"\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.want(t, 0, "Nothing was changed.", "CENTREON_PASSWORD=wrong", "--dry-run", "--password-file="+file, pack)
	c.want(t, 1, "Centreon does not answer CMD show Cloud-Microsoft-Office365-AzureAD-Directory-Quota-Api (exit 1): Invalid credentials.", "CENTREON_PASSWORD=wrong", "--yes", pack)
	c.want(t, 1, "Invalid credentials.", "--yes", "--user=somebody", pack)
	c.want(t, 1, "No password: give --password-file", "CENTREON_PASSWORD=", "--yes", pack)
	c.want(t, 1, "Cannot read the file of --password-file", "--password-file=/nowhere", "--yes", pack)
	for _, password := range []string{"a:b", " a", "a ", "a\t"} {
		c.want(t, 1, "no colon may be in them", "CENTREON_PASSWORD="+password, "--yes", pack)
	}
	if objects := c.objects(t); len(objects) != 0 {
		t.Errorf("%v", objects)
	}
}

func TestPackImportFails(t *testing.T) {
	t.Parallel()
	good := packFile("azuread")
	strange := filepath.Join(t.TempDir(), "strange.clapi")
	if err := os.WriteFile(strange, []byte("CMD;DEL;check_ping\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		says  string
		words []string
	}{
		"nobody to ask":          {"Nothing was changed: say --yes", []string{good}},
		"no pack":                {"Which pack?", nil},
		"a pack that is not":     {"No pack /usr/share/centreon-packs-office365/nope.clapi", []string{"--yes", "nope"}},
		"one good, one not":      {"No pack", []string{"--yes", good, "nope"}},
		"an action of others":    {"strange.clapi is no pack: it has the line CMD;DEL;check_ping", []string{"--yes", good, strange}},
		"an unknown option":      {"Unknown option: --force", []string{"--force", good}},
		"an option without more": {"Option --user needs a value", []string{"--user"}},
		"a name with semicolon":  {"A name has none of the characters", []string{"--host-parent=a;b", good}},
		"no Centreon":            {"No command centreon", []string{"PATH=/usr/bin:/bin", "--yes", good}},
		"a refused query":        {"Centreon does not answer HTPL show", []string{"REFUSE=HTPL show*", "--yes", good}},
		"an empty answer":        {"Centreon does not answer CMD show", []string{"IGNORE=CMD show*", "--yes", good}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCentral(t)
			c.want(t, 1, test.says, test.words...)
			if objects := c.objects(t); len(objects) != 0 {
				t.Errorf("it changed something: %v", objects)
			}
		})
	}
	t.Run("what Centreon accepts and does not do", func(t *testing.T) {
		t.Parallel()
		for action, says := range map[string]string{
			"CMD ADD*":              "",
			"STPL setmacro*":        "Centreon accepted STPL setmacro Cloud-Microsoft-Office365-AzureAD-Directory-Quota-Api-custom UNITS, but does not have it",
			"STPL setparam*":        "check_command, but does not have it",
			"STPL addhosttemplate*": "Centreon accepted STPL addhosttemplate",
		} {
			c := newCentral(t)
			c.want(t, 1, says, "IGNORE="+action, "--yes", good)
		}
	})
	t.Run("help", func(t *testing.T) {
		t.Parallel()
		newCentral(t).want(t, 0, "Usage: centreon-pack-import", "--help")
	})
}
