#!/usr/bin/env bash
# Builds everything and runs every test. Needs the .NET SDK; fetches the rest itself.
#   CI=true            a missing tool or fixture fails its tests instead of skipping them
#   FEATURES_FIXTURES  the folder of real tables, files and schemas by others (default: ../shared/fixtures)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Without this the first restore waits minutes for revocation lists on a machine that cannot reach them.
export NUGET_CERT_REVOCATION_MODE="${NUGET_CERT_REVOCATION_MODE:-offline}"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

say() { printf '== %s\n' "$*"; }

sudo=""
if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
# Never a question: its text would go to /dev/null, and the answer would be waited for without end.
apt() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null >/dev/null; }

# PostgreSQL holds the catalog of some tests, each on a server of its own. Without it they skip, and fail where CI=true.
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null && command -v apt-get >/dev/null; then
  say "installing PostgreSQL"
  { apt update -qq && apt install -y -qq --no-install-recommends postgresql; } ||
    say "could not install PostgreSQL"
fi

# Node.js runs the JSON Schema validators, Azurite and a Flight client. Without it their tests skip, and fail where CI=true.
if ! command -v npm >/dev/null && command -v apt-get >/dev/null; then
  say "installing Node.js"
  { apt update -qq && apt install -y -qq --no-install-recommends nodejs npm; } ||
    say "could not install Node.js"
fi
install() {
  if ! cmp -s "$1/package-lock.json" "$1/node_modules/.installed"; then
    say "installing $2"
    (cd "$1" && npm ci --silent --no-audit --no-fund && cp package-lock.json node_modules/.installed) || say "could not install $2"
  fi
}
if command -v npm >/dev/null; then
  install tests/validators "the validators"
  install tests/azurite "Azurite"
  install tests/interop "the Flight client that is not ours"
fi

# Python runs the Python client's tests. Without it they skip, and fail where CI=true. A version manager's python3 may lack what the system's has.
python_parts="import pytest, numpy, grpc"
if ! python3 -c "$python_parts" 2>/dev/null && ! /usr/bin/python3 -c "$python_parts" 2>/dev/null && command -v apt-get >/dev/null; then
  say "installing Python's test runner"
  { apt update -qq && apt install -y -qq --no-install-recommends python3 python3-pytest python3-numpy python3-grpcio; } ||
    say "could not install Python's test runner"
fi

say "building"
dotnet build Features.sln -c Release -v quiet --nologo

say "testing"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
dotnet test --solution Features.sln -c Release --no-build "$@" 2>&1 | tee "$log" || status=$?

# The runner closes with one line for each count; this says the same in one line.
count() { sed -e 's/\x1b\[[0-9;]*m//g' "$log" | sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" | tail -1; }
passed="$(count succeeded)" failed="$(count failed)" skipped="$(count skipped)"
if [ -z "$passed" ]; then
  echo "error NO_SUMMARY: the test runner ended without its counts; its output is above" >&2
  exit 1
fi
echo "Tests: $passed passed, $failed failed, $skipped skipped"
exit "$status"
