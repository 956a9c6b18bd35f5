#!/usr/bin/env bash
# Builds the packages into dist/. The environment may have VERSION, RELEASE, DIST, FORMATS, SOURCE_DATE_EPOCH and the signing
# keys: docs/en/packaging.md says what they are.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "packages: $*" >&2; exit 1; }

# The time of the last commit stands for that of the build, so that the same sources make the same packages.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
[[ $SOURCE_DATE_EPOCH =~ ^[0-9]+$ ]] || fail "SOURCE_DATE_EPOCH '$SOURCE_DATE_EPOCH' is no number of seconds"
VERSION=${VERSION:-$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d)}
RELEASE=${RELEASE:-1}
DIST=${DIST:-}
FORMATS=${FORMATS:-rpm deb}
# Centreon's automatic installation compares whole numbers.
[[ $VERSION =~ ^[0-9]+$ ]] || fail "VERSION '$VERSION' is not digits only: give one such as 20261100"
[[ $RELEASE =~ ^[0-9][A-Za-z0-9.+~]*$ ]] || fail "RELEASE '$RELEASE' does not begin with a number: give one such as 1"
[[ $DIST =~ ^([.+][A-Za-z0-9.+]+)?$ ]] || fail "DIST '$DIST' begins with neither a dot nor a plus: give one such as .el9 or +deb12u1"
for format in $FORMATS; do
	[[ $format =~ ^(rpm|deb)$ ]] || fail "FORMATS '$FORMATS' has more than rpm and deb"
done
export VERSION RELEASE DIST SOURCE_DATE_EPOCH
export RPM_SIGNING_KEY_FILE=${RPM_SIGNING_KEY_FILE:-} RPM_SIGNING_KEY_ID=${RPM_SIGNING_KEY_ID:-} DEB_SIGNING_KEY_FILE=${DEB_SIGNING_KEY_FILE:-}
GO=${GO:-go}
work=bin/packages
rm -rf "$work"
mkdir -p "$work/dist"

for ARCH in amd64 arm64; do
	# For every machine of the architecture, whatever the builder makes for itself.
	CGO_ENABLED=0 GOOS=linux GOARCH=$ARCH GOAMD64=v1 GOARM64=v8.0 $GO build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" \
		-o "$work/$ARCH/centreon_plugins" .
done
{ cat packaging/copyright; $GO run ./framework/cmd/notices "$work/amd64/centreon_plugins" LICENSE; } >"$work/copyright"
gzip -9n <packaging/shell/centreon_plugins.1 >"$work/centreon_plugins.1.gz"
$GO run ./framework/cmd/changelog -form nfpm -version "$VERSION" -revision "$RELEASE$DIST" -date "$SOURCE_DATE_EPOCH" \
	<docs/changelog.md >"$work/changelog.yaml"

$GO build -modfile=.tools/nfpm/go.mod -o bin/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm
for packager in $FORMATS; do
	for ARCH in amd64 arm64; do
		ARCH=$ARCH bin/nfpm package --config packaging/centplugins.yaml --packager "$packager" --target "$work/dist/" >/dev/null
	done
	for config in packaging/centplugins-packs.yaml packaging/*/"$packager"/*.yaml; do
		bin/nfpm package --config "$config" --packager "$packager" --target "$work/dist/" >/dev/null
	done
done
rm -rf dist
mv "$work/dist" dist
ls dist
