#!/usr/bin/env bash
# fetch.sh SERIES... — puts the qapi/*.json of each QEMU release series into the cache and prints "SERIES DIRECTORY".
# They come from Debian's source packages, by apt with a sources list and folders of its own: the machine's apt is
# neither asked nor changed. Needs dpkg-dev. QEMU_LAUNCH_DEBIAN_MIRROR names another mirror.
set -euo pipefail

mirror=${QEMU_LAUNCH_DEBIAN_MIRROR:-http://deb.debian.org/debian}
suites=(bookworm bookworm-backports trixie)
cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}/qapi
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() { echo "generate: $*" >&2; exit 1; }
for tool in apt-get dpkg-source flock; do
  command -v "$tool" >/dev/null || die "$tool is missing (Debian: apt-get install apt dpkg-dev util-linux)"
done

mkdir -p "$cache"/{lists,archives}/partial
exec 9>"$cache/lock"
flock 9
printf "deb-src [signed-by=$keyring] $mirror %s main\n" "${suites[@]}" >"$cache/sources.list"
options=(
  -q=2
  -o "Dir::Etc::SourceList=$cache/sources.list"
  -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State::Lists=$cache/lists"
  -o "Dir::Cache=$cache"
  -o APT::Sandbox::User=
  -o Acquire::Retries=3
)
apt-get "${options[@]}" update >&2 || die "apt-get could not read the package lists of $mirror"

# fetch_series SERIES — the newest version that can be had. Backports' index may name sources the mirror has dropped.
fetch_series() {
  local series=$1 version directory
  local -a versions
  mapfile -t versions < <(apt-cache "${options[@]}" showsrc --only-source qemu |
    sed -n "s/^Version: \(1:${series//./\\.}[.+].*\)/\1/p" | sort -rVu)
  for version in "${versions[@]}"; do
    directory=$cache/$version
    if [[ -f $directory/qapi/qapi-schema.json ]] || unpack "$version" "$directory"; then
      echo "$series $directory"
      return
    fi
  done
  die "no source package of QEMU $series can be had from ${suites[*]} at $mirror"
}

unpack() {
  local version=$1 directory=$2 work
  echo "generate: unpacking qemu $version" >&2
  work=$(mktemp -d "$cache/work.XXXXXX")
  if (cd "$work" && apt-get "${options[@]}" source --download-only "qemu=$version") >&2 &&
    dpkg-source -q --no-check -x "$work"/qemu_*.dsc "$work/tree" >&2; then
    mkdir -p "$work/new/qapi"
    cp "$work"/tree/qapi/*.json "$work/new/qapi/"
    rm -rf "$directory"
    mv "$work/new" "$directory"
  fi
  rm -rf "$work"
  [[ -d $directory ]]
}

for series in "$@"; do fetch_series "$series"; done
