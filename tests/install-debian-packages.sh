#!/bin/sh
# Installs what a file such as tests/debian-packages.txt lists, where that may be done; elsewhere says so and goes on.
set -eu

missing=
for package in $(grep -v '^#' "$1"); do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null && root='sudo -n'
fi
if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && [ -z "$root" ]; }; then
    echo "Some tests will be skipped; to run them all: sudo apt-get install$missing" >&2
    exit 0
fi

echo "Installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # both are lists of words
{
    $root apt-get update -qq &&
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $missing >/dev/null
} || echo "They could not be installed; the tests that need them are skipped." >&2
