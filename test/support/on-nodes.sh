#!/usr/bin/env bash
# on-nodes.sh [LINE...]
# Runs, on other lines of Node.js (22, 24 and 26 unless given), the unit tests and the integration tests of what Node.js does
# for us: processes, sockets, locks, servers, the command line. Uses the package as `npm run build` left it in dist.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
(($# > 0)) || set -- 22 24 26
about_node=(
  bare-qemu cli cli-run disk-full doctor examples launch launch-crash locks long-waits nbd-servers nbdkit node-versions
  other-users package process program-output reattach server-crash server-death server-restart servers soak transports
)
bash test/support/nodes.sh "$@" || exit 1

failed=()
for line in "$@"; do
  bin=${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch/node-$line/bin
  printf '\n== Node.js %s\n' "$("$bin/node" --version)"
  # Also what the tests start by `node`, and the command's own first line.
  PATH=$bin:$PATH node node_modules/vitest/vitest.mjs run --project unit --project integration \
    test/unit test/golden "${about_node[@]/#/test/integration/}" || failed+=("$line")
done
((${#failed[@]} == 0)) || { echo "failed on Node.js ${failed[*]}" >&2; exit 1; }
