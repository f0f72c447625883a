#!/usr/bin/env bash
# Fills each src project's PublicAPI.Unshipped.txt with the public symbols that stand in neither PublicAPI file yet.
#   eng/public-api.sh                   every project
#   eng/public-api.sh Features.Core     one project
# Move the lines to PublicAPI.Shipped.txt at a release; a removed symbol must be deleted from the files by hand, so that a review sees it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export NUGET_CERT_REVOCATION_MODE="${NUGET_CERT_REVOCATION_MODE:-offline}"

if [ $# -gt 0 ]; then projects=("$@"); else mapfile -t projects < <(ls src | grep '^Features\.'); fi

missing="$(mktemp)"
trap 'rm -f "$missing"' EXIT
for name in "${projects[@]}"; do
  folder="src/$name"
  for file in Shipped Unshipped; do
    [ -s "$folder/PublicAPI.$file.txt" ] || printf '#nullable enable\n' > "$folder/PublicAPI.$file.txt"
  done

  # RS0016 names each missing symbol; a warning here, since as an error it would stop the compiler at the first project.
  dotnet build "$folder" -c Release --no-incremental -nologo -v quiet -p:TreatWarningsAsErrors=false -p:BuildProjectReferences=true 2>&1 |
    sed -n "s|^.*/$folder/.*warning RS0016: Symbol '\(.*\)' is not part of the declared public API.*|\1|p" | sort -u > "$missing"
  { cat "$folder/PublicAPI.Unshipped.txt" "$missing"; } | LC_ALL=C sort -u -o "$folder/PublicAPI.Unshipped.txt"
  echo "$name: $(wc -l < "$missing") symbols added"
done
