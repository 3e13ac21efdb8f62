#!/usr/bin/env bash
# debian.sh
# Builds a Debian (bookworm) guest as its users have it, for the tests of the long mode: systemd, udev, cloud-init, the guest
# agent and Debian's cloud kernel, put together by mmdebstrap into an ext4 image. It runs as root or through sudo, installs
# nothing on this machine, and leaves apt's sources as they are: mmdebstrap has its own.
# Prints the directory holding `disk.img`, `vmlinuz` and `initrd.img` as its last line; messages go to stderr.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}
dir=$cache/debian-$(sha256sum <"$here/debian.sh" | cut -c1-12)
mirror=${QEMU_LAUNCH_DEBIAN_MIRROR:-http://deb.debian.org/debian}
packages=(systemd-sysv udev dbus cloud-init qemu-guest-agent linux-image-cloud-amd64 initramfs-tools e2fsprogs procps ifupdown)

say() { echo "debian: $*" >&2; }
die() { say "$*"; exit 1; }

mkdir -p "$cache"
exec 9>"$cache/debian.lock"
flock 9
if [[ -f $dir/complete ]]; then
  echo "$dir"
  exit 0
fi
command -v mmdebstrap >/dev/null || die 'mmdebstrap is not there (test/support/setup.sh long installs it)'
as_root=()
((EUID == 0)) || as_root=(sudo)

work=$(mktemp -d "$cache/debian-build.XXXXXX")
trap '"${as_root[@]}" rm -rf "$work"' EXIT
say "building a guest of bookworm in $dir, with ${packages[*]}"
mkdir "$work/done"
"${as_root[@]}" mmdebstrap --quiet --mode=root --format=directory --variant=minbase \
  --include="$(IFS=,; echo "${packages[*]}")" --aptopt='Acquire::Retries=3' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='echo "LABEL=root / ext4 defaults 0 1" >"$1/etc/fstab"' \
  bookworm "$work/root" "$mirror" >&2 || die 'mmdebstrap failed, see above'
"${as_root[@]}" mke2fs -q -t ext4 -L root -d "$work/root" "$work/done/disk.img" 2G >&2
cp "$work"/root/boot/vmlinuz-* "$work/done/vmlinuz"
"${as_root[@]}" cp "$work"/root/boot/initrd.img-* "$work/done/initrd.img"
"${as_root[@]}" chown -R "$(id -u):$(id -g)" "$work/done"
chmod 644 "$work"/done/*
touch "$work/done/complete"
rm -rf "$dir"
mv "$work/done" "$dir"
say "built $dir"
echo "$dir"
