#!/usr/bin/env bash
# Fetches QEMU 10.0 from Debian's bookworm-backports, without installing it, for the tests that run on two versions.
# What it needs of other packages is what this machine lacks of their dependencies, unpacked beside it.
# Prints the directory with `qemu-system-x86_64` and `qemu-system-aarch64` as its last line; messages go to stderr.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/apt.sh"
cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}
dir=$cache/qemu10-$(cat "$here/qemu10.sh" "$here/apt.sh" | sha256sum | cut -c1-12)

# The modules too: QEMU would try the ones of the system's own build in their place, and abort.
packages=(qemu-system-x86 qemu-system-arm qemu-system-modules-opengl qemu-system-modules-spice)

say() { echo "qemu10: $*" >&2; }
die() { say "$*"; exit 1; }

if [[ -f $dir/complete ]]; then
  echo "$dir/bin"
  exit 0
fi
mkdir -p "$cache"
exec 9>"$cache/qemu10.lock"
flock 9
if [[ -f $dir/complete ]]; then # another fetch finished while this one waited
  echo "$dir/bin"
  exit 0
fi

work=$(mktemp -d "$cache/qemu10-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
say 'downloading QEMU 10.0 from bookworm-backports'
private_apt "$work/apt" deb bookworm bookworm-backports || die 'apt could not read the package lists'
apt-get "${apt_options[@]}" --yes --no-install-recommends --download-only --target-release bookworm-backports \
  install "${packages[@]}" >&2 || die 'apt could not download it'
mkdir -p "$work/done/bin"
for package in "$work"/apt/archives/*.deb; do dpkg -x "$package" "$work/done/root"; done

# `exec`, so that the process is QEMU and no shell; its own firmware first, then what the system has.
for name in qemu-system-x86_64 qemu-system-aarch64; do
  cat >"$work/done/bin/$name" <<WRAPPER
#!/bin/sh
root=\${0%/*}/../root/usr
export QEMU_MODULE_DIR="\$root/lib/x86_64-linux-gnu/qemu"
export LD_LIBRARY_PATH="\$root/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec "\$root/bin/$name" -L "\$root/share/qemu" -L "\$root/share/seabios" "\$@"
WRAPPER
  chmod 755 "$work/done/bin/$name"
  version=$("$work/done/bin/$name" --version) || die "$name does not start"
  [[ $version == 'QEMU emulator version 10.0.'* ]] || die "not QEMU 10.0: $version"
done
touch "$work/done/complete"
rm -rf "$dir"
mv "$work/done" "$dir"
echo "$dir/bin"
