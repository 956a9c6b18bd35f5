"""Runs the recorded cases of the plugins that the binary has.

    conformance.py FOLDER BINARY

FOLDER holds conformance.py, the runner, and cases/. A case of a plugin that is not written yet is set aside. A case of
KNOWN has to fail: when it passes, it has to leave that list.
"""
import collections, json, pathlib, re, subprocess, sys, tempfile

KNOWN = {
    "contract/lists": "--list-plugin has to name all seven Office 365 plugins, and they are not all written",
}


def plugins_of(case):
    """The Office 365 plugins that a case calls."""
    words = " ".join(word for step in case["steps"] for word in step["argv"])
    return set(re.findall(r"cloud::microsoft::office365::\w+::plugin", words.replace("/", "::")))


def sort_out(cases, registered):
    """The suites to run, the known failures by name, and how many cases of each missing plugin are set aside."""
    suites, known, aside = {}, {}, collections.Counter()
    for file in sorted(cases.glob("*.json")):
        for case in json.loads(file.read_text()):
            name = f"{file.stem}/{case['name']}"
            if name in KNOWN:
                known[name] = case
            elif missing := plugins_of(case) - registered:
                aside.update(missing)
            else:
                suites.setdefault(file.stem, []).append(case)
    return suites, known, aside


def main(folder, binary):
    listed = subprocess.run([binary, "--list-plugin"], capture_output=True, text=True, check=False).stdout
    registered = set(re.findall(r"^PLUGIN: (\S+)$", listed, re.M))
    suites, known, aside = sort_out(folder / "cases", registered)

    def passes(suites, **options):
        with tempfile.TemporaryDirectory() as cases:
            for suite, rows in suites.items():
                pathlib.Path(cases, suite + ".json").write_text(json.dumps(rows))
            runner = [sys.executable, str(folder / "conformance.py"), "--bin", binary, "--cases", cases]
            return subprocess.run(runner, check=False, **options).returncode == 0

    good = passes(suites)
    for name, reason in KNOWN.items():
        if name not in known:
            good = False
            print(f"{name}: there is no such case any more; take it off the list of known failures")
        elif passes({name.split("/")[0]: [known[name]]}, stdout=subprocess.DEVNULL):
            good = False
            print(f"{name}: passes now; take it off the list of known failures")
        else:
            print(f"{name}: fails, as is known: {reason}")
    for plugin, cases in sorted(aside.items()):
        print(f"{plugin}: not written, {cases} cases set aside")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
