#!/bin/sh
# Sets up .venv from a lock file (`make install` calls it). Says plainly what is missing; needs no root and no compiler.
set -eu
cd "$(dirname "$0")"
lock=$1
python=${PYTHON:-python3}

stop() {
    printf '\nalcolab: %s\n' "$*" >&2
    exit 1
}

command -v "$python" >/dev/null || stop "there is no $python: sudo apt install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$("$python" --version) is too old, 3.11 or newer is needed; name another with: make install PYTHON=python3.12"
"$python" -c 'import venv, ensurepip' 2>/dev/null || stop "Python's venv module is missing: sudo apt install python3-venv"

# On a Raspberry Pi the GPIO and camera libraries come from Debian: docs/decisions/0001-lock-files.md says why.
system=
if grep -qs 'Raspberry Pi' /proc/device-tree/model; then
    system=--system-site-packages
    "$python" -c 'import lgpio' 2>/dev/null || echo "For GPIO outputs on this Pi also: sudo apt install python3-lgpio"
fi

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "Setting up .venv with $("$python" --version)…"
    "$python" -m venv --clear $system .venv || stop "the virtual environment could not be made; see the message above"
fi

echo "Installing what $lock lists (a few minutes at the first time)…"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock" ||
    stop "the packages could not be installed: is there a network? (behind a proxy, set https_proxy); then run make again"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable . ||
    stop "alcolab itself could not be installed; see the message above"
# Whoever runs it may not write here, and would compile it anew at each start.
.venv/bin/python -m compileall -q hub devices
echo "Ready: .venv/bin/alcolab"
