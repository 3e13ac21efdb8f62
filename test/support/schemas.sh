#!/usr/bin/env bash
# schemas.sh — writes the JSON Schemas of the built command into dist/schema, for the package.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p dist/schema
for what in config volume; do node dist/cli/main.js schema "$what" >"dist/schema/$what.json"; done
