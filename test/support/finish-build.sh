#!/usr/bin/env bash
# finish-build.sh — puts into dist what tsc does not: the JSON Schemas of the built command, and a mark of the code (src/vm/record/build-mark.ts).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p dist/schema
for what in config volume; do node dist/cli/main.js schema "$what" >"dist/schema/$what.json"; done
mark=$(find dist -name '*.js' -print0 | LC_ALL=C sort -z | xargs -0 cat | sha256sum | cut -c1-16)
sed -i "s/^export const buildMark = undefined;$/export const buildMark = '$mark';/" dist/vm/record/build-mark.js
grep -q "'$mark'" dist/vm/record/build-mark.js
