#!/usr/bin/env bash
# Makes a read-only disk with Debian's fio and the libraries it needs, for the test guest to run it from. Installs fio where
# it is missing (as root, or through sudo). Prints the image's path as its last line; messages go to stderr.
set -euo pipefail

cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}

say() { echo "fio: $*" >&2; }
as_root() { if ((EUID == 0)); then "$@"; else sudo "$@"; fi; }

if ! command -v fio >/dev/null; then
  say 'apt-get install fio'
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q=2 -o Dpkg::Use-Pty=0 install --yes --no-install-recommends fio >&2
fi

fio=$(command -v fio)
image=$cache/fio-$(sha256sum "$fio" | cut -c1-12).ext4
if [[ ! -f $image ]]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/fio.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/root"/{dev,proc,sys,tmp,bin}
  # The loader finds them where Debian has them.
  mapfile -t libraries < <(ldd "$fio" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }')
  for file in "${libraries[@]}"; do install -D "$(readlink -f "$file")" "$work/root$file"; done
  install -D "$fio" "$work/root/bin/fio"
  mkfs.ext4 -q -d "$work/root" "$work/image" 192M >&2
  mv "$work/image" "$image"
  say "made $image"
fi
echo "$image"
