#!/usr/bin/env bash
# setup.sh [tests | bench | hive | long]
# Sets up what `npm run demo` needs on a fresh Debian 12 with Node 20: the npm packages, QEMU and nbdkit from Debian, and the
# small Linux guest (guest/build.sh). With `tests`, what `npm test` needs beside it: that guest for ARM, the guest agent and
# two other QEMUs; with `bench`, the peers of `npm run bench`; with `hive`, nats-server; with `long`, a whole Debian guest
# (guest/debian.sh). Does only what is missing and says so; the second run says nothing.
# System packages are installed as root, or through sudo; apt's sources are left as they are.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Package, and a command or file that shows it is there. qemu-system-arm starts the golden aarch64 command lines.
debian_packages=(
  'qemu-system-x86 qemu-system-x86_64'
  'qemu-system-arm qemu-system-aarch64'
  'qemu-efi-aarch64 /usr/share/AAVMF/AAVMF_CODE.fd'
  'qemu-system-common qemu-storage-daemon'
  'ovmf /usr/share/OVMF/OVMF_CODE_4M.fd'
  'qemu-utils qemu-img'
  'nbdkit nbdkit'
  'libnbd-bin nbdcopy'
  'e2fsprogs mkfs.ext4'
  'openssl openssl'
  'procps sysctl'
)
[[ ${1:-} != tests ]] || debian_packages+=('xfsprogs mkfs.xfs' 'swtpm swtpm' 'zsh zsh' 'fish fish')
[[ ${1:-} != long ]] || debian_packages+=('mmdebstrap mmdebstrap')
[[ ${1:-} != bench ]] || debian_packages+=(
  'gcc cc'
  'libc6-dev /usr/include/stdio.h'
  'python3 python3'
)

say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root for: $* (run it as root, or install sudo)"
  fi
}

# On a terminal apt shows how far it is.
quiet=2
[[ ! -t 2 ]] || quiet=0

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q="$quiet" -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >&2
}

lists_are_fresh=
refresh_lists() {
  [[ -z $lists_are_fresh ]] || return 0
  say 'apt-get update'
  apt_get update
  lists_are_fresh=yes
}

npm_is_current() {
  [[ -f $root/node_modules/.package-lock.json && ! $root/package-lock.json -nt $root/node_modules/.package-lock.json ]]
}

install_npm_packages() {
  npm_is_current && return
  command -v npm >/dev/null || die 'npm is not there: install Node 20.19 or newer first'
  exec 8<"$root/package.json"
  flock 8
  if ! npm_is_current; then # a concurrent run may have done it while this one waited
    say 'npm packages, as in package-lock.json'
    (cd "$root" && npm ci --include=dev --no-audit --no-fund --loglevel=error) >&2
  fi
  exec 8<&-
}

missing_packages() {
  local entry package sign
  for entry in "${debian_packages[@]}"; do
    read -r package sign <<<"$entry"
    [[ $sign == /* && -e $sign ]] || command -v "$sign" >/dev/null || echo "$package"
  done
}

install_debian_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} > 0)) || return 0
  command -v apt-get >/dev/null || die "install these yourself, there is no apt-get here: ${missing[*]}"
  refresh_lists
  say "apt-get install ${missing[*]}"
  apt_get install --yes --no-install-recommends "${missing[@]}"
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} == 0)) || die "still missing after installing: ${missing[*]}"
}

# prepare SCRIPT [WORD...] — what is made of packages that are downloaded and not installed.
prepare() {
  bash "$root/test/support/$1" "${@:2}" >/dev/null && return
  # Old lists name packages that the mirrors no longer have; on a fresh machine there may be no lists at all.
  [[ -z $lists_are_fresh ]] || die "$* failed, see above"
  refresh_lists
  bash "$root/test/support/$1" "${@:2}" >/dev/null || die "$* failed, see above"
}

install_npm_packages
install_debian_packages
prepare guest/build.sh
if [[ ${1:-} == tests ]]; then
  prepare guest/build.sh aarch64
  prepare guest/build.sh x86_64-generic
  prepare guest/agent.sh
  prepare other-qemu.sh 10.0
  prepare other-qemu.sh 11.1
  prepare nodes.sh 22 24 26
fi
[[ ${1:-} != tests && ${1:-} != hive ]] || prepare nats-server.sh
[[ ${1:-} != long ]] || prepare guest/debian.sh
