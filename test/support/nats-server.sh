#!/usr/bin/env bash
# Fetches Debian's nats-server, without installing it (its package would start a service). Prints the path of the program as its
# last line; messages go to stderr.
set -euo pipefail

cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}
dir=$cache/nats-server

say() { echo "nats-server: $*" >&2; }
die() { say "$*"; exit 1; }

mkdir -p "$cache"
exec 9>"$cache/nats-server.lock"
flock 9
if [[ ! -x $dir/usr/sbin/nats-server ]]; then
  work=$(mktemp -d "$cache/nats-server-build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say 'downloading nats-server'
  (cd "$work" && apt-get -q=2 -o APT::Sandbox::User=root download nats-server >&2) ||
    die 'apt could not download it; if its lists are old, run apt-get update'
  dpkg -x "$work"/*.deb "$work/unpacked"
  rm -rf "$dir"
  mv "$work/unpacked" "$dir"
fi
echo "$dir/usr/sbin/nats-server"
