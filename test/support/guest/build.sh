#!/usr/bin/env bash
# build.sh [x86_64|x86_64-generic|aarch64]
# Builds the Linux guest of the tests and the demo: Debian's cloud kernel (or its generic one, which knows vmgenid) and an initramfs made of one static busybox,
# a few kernel modules and ./init. Nothing is installed and no root is needed: the packages are downloaded by apt and
# only unpacked. Prints the directory holding `vmlinuz` and `initramfs.cpio` as its last line; messages go to stderr.
# The initramfs is not compressed: an emulated CPU takes half a second to unpack it, at each boot.
# A guest once built is kept: to get a newer kernel, remove its directory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../apt.sh"
arch=${1:-x86_64}
cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}
dir=$cache/guest-$arch-$(cat "$here/build.sh" "$here/init" | sha256sum | cut -c1-12)

# What the guest is for: disks that come and go, the power button, a console, a cloud-init seed and the variables of UEFI.
# ext4 is built into this kernel.
modules=(virtio_pci virtio_blk virtio_console virtio_net virtio_rng button evdev vfat nls_cp437 nls_ascii efivarfs)
# Loaded by the tests that need them (GuestConsole.loadModules), so that no other guest boots more slowly.
later=(virtio_scsi sd_mod sr_mod isofs virtiofs virtio_mem virtio_balloon)

say() { echo "guest: $*" >&2; }
die() { say "$*"; exit 1; }

if [[ -f $dir/complete ]]; then
  echo "$dir"
  exit 0
fi

[[ $(dpkg --print-architecture 2>/dev/null) == amd64 ]] || die "the guest is made of Debian's amd64 packages, this is another system"
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [[ -f $dir/complete ]]; then # another build finished while this one waited
  echo "$dir"
  exit 0
fi

work=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$work"' EXIT

# On a terminal apt shows how far it is.
quiet=2
[[ ! -t 2 ]] || quiet=0
case $arch in
  x86_64) metapackage=linux-image-cloud-amd64 apt_options=(-q="$quiet" -o APT::Sandbox::User=root) ;;
  x86_64-generic) metapackage=linux-image-amd64 apt_options=(-q="$quiet" -o APT::Sandbox::User=root) ;;
  aarch64)
    metapackage=linux-image-cloud-arm64
    private_apt "$work/apt" deb bookworm -- -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
      -o Dir::State::status=/dev/null || die "apt could not read the package lists for arm64"
    ;;
  *) die "there is no guest for $arch" ;;
esac
# The metapackage names today's kernel; only apt knows which one that is.
kernel=$(apt-cache "${apt_options[@]}" depends "$metapackage" 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }')
[[ -n $kernel ]] || die "apt does not know $metapackage; run apt-get update (test/support/setup.sh does it)"
say "downloading $kernel and busybox-static"
mkdir -p "$work"/{packages,unpacked,host}
(cd "$work/packages" && apt-get "${apt_options[@]}" download "$kernel" busybox-static >&2) ||
  die "apt could not download $kernel and busybox-static; if its lists are old, run apt-get update"
for package in "$work"/packages/*.deb; do dpkg -x "$package" "$work/unpacked"; done
guest_busybox=$(find "$work/unpacked" -path '*/bin/busybox')
# One that runs here does the packing.
busybox=$guest_busybox
if [[ $arch != x86_64 ]]; then
  (cd "$work/host" && apt-get -q=2 -o APT::Sandbox::User=root download busybox-static >&2) ||
    die "apt could not download busybox-static; if its lists are old, run apt-get update"
  dpkg -x "$work"/host/*.deb "$work/host"
  busybox=$(find "$work/host" -path '*/bin/busybox')
fi

say 'building the initramfs'
root=$work/root
mkdir -p "$root"/{bin,dev,proc,sys,tmp,mnt,modules}
cp "$guest_busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do [[ $applet == busybox ]] || ln -s busybox "$root/bin/$applet"; done
install -m 755 "$here/init" "$root/init"

# Every module is copied after the ones it depends on, and `order` or `later` lists them so. The package has no modules.dep
# (it is made when a kernel is installed), but each module names what it needs.
add_module() {
  local name=$1 file
  [[ ! -e $root/modules/$name.ko ]] || return 0
  file=$(find "$work/unpacked" \( -name "$name.ko*" -o -name "${name//_/-}.ko*" \) -print -quit)
  if [[ -z $file ]]; then
    grep -qE "/(${name}|${name//_/-})\.ko$" "$work"/unpacked/lib/modules/*/modules.builtin ||
      die "$kernel has no module $name"
    return 0
  fi
  case $file in
    *.ko) cp "$file" "$work/$name.ko" ;;
    *.ko.xz) "$busybox" xz -dc "$file" >"$work/$name.ko" ;;
    *) die "do not know how to unpack $file" ;;
  esac
  local needed
  for needed in $(tr '\0' '\n' <"$work/$name.ko" | sed -n 's/^depends=//p' | tr ',' ' '); do
    add_module "${needed//-/_}"
  done
  mv "$work/$name.ko" "$root/modules/$name.ko"
  echo "$name" >>"$root/modules/$list"
}
list=order
for module in "${modules[@]}"; do add_module "$module"; done
list=later
[[ $arch != x86_64 ]] || for module in "${later[@]}"; do add_module "$module"; done

mkdir "$work/guest"
cp "$work"/unpacked/boot/vmlinuz-* "$work/guest/vmlinuz"
(cd "$root" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc -R 0:0 2>/dev/null) >"$work/guest/initramfs.cpio"
(cd "$work/packages" && ls) >"$work/guest/complete"
rm -rf "$dir"
mv "$work/guest" "$dir"
say "built $dir ($(du -k "$dir/initramfs.cpio" | cut -f1) KiB initramfs)"
echo "$dir"
