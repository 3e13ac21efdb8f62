#!/usr/bin/env bash
# fetch.sh SERIES... — puts the qapi/*.json and qga/qapi-schema.json of each QEMU release series into the cache and
# prints "SERIES DIRECTORY".
# They come from Debian's source packages. Needs dpkg-dev. Where its index names none, or none that the mirror still has,
# they come from a copy of the source that is held to a checksum.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../../../test/support/apt.sh"
suites=(bookworm bookworm-backports trixie trixie-backports)
cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}/qapi
declare -A elsewhere=(
  [8.2]='http://archive.ubuntu.com/ubuntu/pool/main/q/qemu/qemu_8.2.2+ds.orig.tar.xz
    5e692dd20950a819ff6550cd3974e00319a93f47c0a15f808c58df1a9e4d2478'
  [11.1]='http://deb.debian.org/debian/pool/main/q/qemu/qemu_11.1.1+ds.orig.tar.xz
    0b1376e75dbe3e2fea4e408f8669f88a723f419f36a5b7d74cc6a4cfe07e4f5e'
)

die() { echo "generate: $*" >&2; exit 1; }
for tool in apt-get dpkg-source flock tar xz; do
  command -v "$tool" >/dev/null || die "$tool is missing (Debian: apt-get install apt dpkg-dev tar util-linux xz-utils)"
done

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
private_apt "$cache" deb-src "${suites[@]}" || die 'apt-get could not read the package lists'

# fetch_series SERIES — the newest version that can be had.
fetch_series() {
  local series=$1 version directory
  local -a versions
  mapfile -t versions < <(apt-cache "${apt_options[@]}" showsrc --only-source qemu |
    sed -n "s/^Version: \(1:${series//./\\.}[.+].*\)/\1/p" | sort -rVu)
  for version in "${versions[@]}"; do
    directory=$cache/$version
    if [[ -f $directory/qga/qapi-schema.json ]] || unpack "$version" "$directory"; then
      echo "$series $directory"
      return
    fi
  done
  if [[ -v elsewhere[$series] ]]; then
    directory=$cache/$series
    [[ -f $directory/qga/qapi-schema.json ]] || download "$series" "$directory"
    echo "$series $directory"
    return
  fi
  die "no source package of QEMU $series can be had from ${suites[*]}"
}

unpack() {
  local version=$1 directory=$2 work
  echo "generate: unpacking qemu $version" >&2
  work=$(mktemp -d "$cache/work.XXXXXX")
  if (cd "$work" && apt-get "${apt_options[@]}" source --download-only "qemu=$version") >&2 &&
    dpkg-source -q --no-check -x "$work"/qemu_*.dsc "$work/tree" >&2; then
    mkdir -p "$work/new"/{qapi,qga}
    cp "$work"/tree/qapi/*.json "$work/new/qapi/"
    cp "$work"/tree/qga/qapi-schema.json "$work/new/qga/"
    rm -rf "$directory"
    mv "$work/new" "$directory"
  fi
  rm -rf "$work"
  [[ -d $directory ]]
}

download() {
  local series=$1 directory=$2 url sum work
  echo "generate: downloading qemu $series" >&2
  read -rd '' url sum <<<"${elsewhere[$series]}" || true
  work=$(mktemp -d "$cache/work.XXXXXX")
  if /usr/lib/apt/apt-helper -o APT::Sandbox::User= download-file "$url" "$work/source.tar.xz" "SHA256:$sum" >&2; then
    tar -xJf "$work/source.tar.xz" -C "$work" --strip-components=1 --wildcards '*/qapi/*.json' '*/qga/qapi-schema.json'
    rm "$work/source.tar.xz"
    mv "$work" "$directory"
  fi
  rm -rf "$work"
  [[ -d $directory ]] || die "the source of QEMU $series cannot be had from $url"
}

for series in "$@"; do fetch_series "$series"; done
