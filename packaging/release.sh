#!/usr/bin/env bash
# Leaves a release in dist/: packages, bills of materials, changelog and checksums. VERSION comes from the environment.
set -euo pipefail
cd "$(dirname "$0")/.."

# The order of SHA256SUMS is the same everywhere.
export LC_ALL=C
fail() { echo "release: $*" >&2; exit 1; }

[[ ${VERSION:-} =~ ^[0-9]+$ ]] || fail "VERSION '${VERSION:-}' is not digits only: give one such as 20261100"
[[ -z $(git status --porcelain) ]] || fail "the tree has changes that no commit has: commit them, or put them away by git stash -u"

GO=${GO:-go}
packaging/build.sh
$GO build -trimpath -buildvcs=false -modfile=.tools/cyclonedx/go.mod -o bin/cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
for arch in amd64 arm64; do
	# Without serial number and time: the same release has the same bill.
	bin/cyclonedx-gomod bin -json -std -noserial -notimestamp -version "$VERSION" \
		-output "dist/centplugins-$VERSION-linux-$arch.cdx.json" "bin/packages/$arch/centreon_plugins"
done
$GO run ./framework/cmd/changelog -version "$VERSION" -date "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" <docs/changelog.md >dist/CHANGELOG
chmod 644 dist/*
# Last, so that a release that broke off has none.
(cd dist && sha256sum -- * >../bin/SHA256SUMS && chmod 644 ../bin/SHA256SUMS && mv ../bin/SHA256SUMS .)
cat dist/SHA256SUMS
