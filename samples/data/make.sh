#!/usr/bin/env bash
# Makes flights.parquet and airports.csv beside this script from the npm package vega-datasets. Needs npm and the .NET SDK.
set -euo pipefail
version=3.2.1
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

(cd "$work" && npm pack --silent "vega-datasets@$version" >/dev/null)
tar -xzf "$work/vega-datasets-$version.tgz" -C "$work" package/data/flights-3m.parquet package/data/airports.csv

export NUGET_CERT_REVOCATION_MODE="${NUGET_CERT_REVOCATION_MODE:-offline}"
dotnet run "$here/extract.cs" -- "$work/package/data/flights-3m.parquet" "$here/flights.parquet"
cp "$work/package/data/airports.csv" "$here/airports.csv"
(cd "$here" && sha256sum flights.parquet airports.csv)
