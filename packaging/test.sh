#!/usr/bin/env bash
# Tests the packages: that they are built again bit for bit, what rpmlint and lintian say, and how they are installed, run,
# updated and removed in fresh roots. It installs what it needs where it may.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=(rpm rpmlint lintian dpkg perl gpg ar)
missing() { for tool in "${tools[@]}"; do command -v "$tool" >/dev/null || echo "$tool"; done; }
if [[ $(missing) && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rpm rpmlint lintian perl gnupg binutils >/dev/null || true
fi
if [[ $(missing) || $(id -u) != 0 ]]; then
	echo "test-packages: SKIPPED, nothing was tested: it needs root, and" $(missing) >&2
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
older=20261101 newer=20261201
unset RPM_SIGNING_KEY_FILE DEB_SIGNING_KEY_FILE
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
sources=$PWD
copy() { # the tree as it is, to a directory of that name
	git -C "$sources" ls-files -z --cached --others --exclude-standard | tar -C "$sources" -c --null -T - --ignore-failed-read 2>/dev/null |
		tar -x -C "$work" --one-top-level="$1"
}
build() { VERSION=$1 packaging/build.sh >/dev/null && mv dist "$work/$1"; }

copy tree
cd "$work/tree"
build $older
build $newer

# A release, from a clean clone; and what is refused.
git clone -q "$sources" "$work/clone"
refused() { # message, environment and command
	local message=$1
	shift
	if env "$@" >"$work/refused" 2>&1 || ! grep -q "$message" "$work/refused"; then
		cat "$work/refused"
		echo "not refused: $*" >&2
		exit 1
	fi
}
for version in '' 1.2 v3 '20261101;id'; do
	refused 'is not digits only' VERSION="$version" "$work/clone/packaging/release.sh"
done
refused 'is not digits only' VERSION=20261101-1 packaging/build.sh
refused 'begins with neither' DIST=el9 packaging/build.sh
refused 'more than rpm and deb' FORMATS=apk packaging/build.sh
touch "$work/clone/stray"
refused 'no commit has' VERSION=$older "$work/clone/packaging/release.sh"
rm "$work/clone/stray"
make -s -C "$work/clone" release VERSION=$older >/dev/null
(cd "$work/clone/dist" && sha256sum --quiet -c SHA256SUMS && [[ $(ls | wc -l) == $(($(wc -l <SHA256SUMS) + 1)) ]] && grep -q "^$older (" CHANGELOG)
for arch in amd64 arm64; do
	CENTPLUGINS_BILL="$work/clone/dist/centplugins-$older-linux-$arch.cdx.json:$work/clone/bin/packages/$arch/centreon_plugins" \
		${GO:-go} test -count=1 -run '^TestBillOfMaterials$' ./framework/cmd/notices
done
echo "release: complete"

# Elsewhere, under another mask, in another time zone.
copy elsewhere
(umask 077 && cd "$work/elsewhere" && TZ=Pacific/Chatham VERSION=$older packaging/build.sh >/dev/null)
diff -r "$work/$older" "$work/elsewhere/dist"
echo "reproducible: two builds are the same, $(ls "$work/$older" | wc -l) packages"

# Signed, by a key with a passphrase.
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase open-sesame --quick-gen-key 'test <test@example.org>' rsa2048 sign never 2>/dev/null
gpg --batch --quiet --pinentry-mode loopback --passphrase open-sesame --armor --export-secret-keys >"$work/key.asc"
gpg --armor --export >"$work/public.asc"
gpgconf --kill all
RPM_SIGNING_KEY_FILE=$work/key.asc DEB_SIGNING_KEY_FILE=$work/key.asc NFPM_PASSPHRASE=open-sesame VERSION=$older packaging/build.sh >/dev/null
rpm --dbpath "$work/rpmdb" --import "$work/public.asc"
for package in dist/*.rpm; do
	[[ $(rpm --dbpath "$work/rpmdb" -Kv "$package") =~ 'Header V4 RSA/SHA256 Signature, '[^:]*': OK' ]] || { echo "$package is not signed" >&2; exit 1; }
done
for package in dist/*.deb; do
	[[ $(ar t "$package") == *_gpgorigin* ]] || { echo "$package is not signed" >&2; exit 1; }
done
echo "signed: all packages, with the key that was given"

rpmlint -c packaging/rpmlint.toml "$work/$older"/*.rpm >"$work/rpmlint" || { cat "$work/rpmlint"; exit 1; }
tail -1 "$work/rpmlint"
# These stay as warnings: Centreon compares dates as versions and gives plugins this mode, and the packages are not for Debian.
expected=initial-upload-closes-no-bugs,new-package-uses-date-based-version-number,non-standard-executable-perm,package-has-long-file-name
lintian --allow-root --fail-on error,warning --suppress-tags $expected "$work/$older"/*.deb
echo "lintian: no error, no warning beside $expected"

CENTPLUGINS_PACKAGES="$work/$older:$work/$newer" CENTPLUGINS_NFPM=$PWD/bin/nfpm \
	${GO:-go} test -count=1 -v -run '^(TestInstalled|TestListing|TestMachines)$' ./framework/cmd/renderpackages
