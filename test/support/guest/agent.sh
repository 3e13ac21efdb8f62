#!/usr/bin/env bash
# Fetches Debian's QEMU guest agent, without installing it, and packs it with its libraries as an addition to the test
# guest's initramfs: `initramfs.cpio` of build.sh with `agent.cpio` appended boots a guest that has /agent/run. With the kernel
# argument `rdinit=/agent/init` it runs its agent by itself.
# Prints the directory holding `qemu-ga` (for this host) and `agent.cpio` as its last line; messages go to stderr.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}
dir=$cache/agent-$(sha256sum <"$here/agent.sh" | cut -c1-12)

say() { echo "agent: $*" >&2; }
die() { say "$*"; exit 1; }

mkdir -p "$cache"
exec 9>"$cache/agent.lock"
flock 9
if [[ -f $dir/complete ]]; then
  echo "$dir"
  exit 0
fi

work=$(mktemp -d "$cache/agent-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
say 'downloading qemu-guest-agent and busybox-static'
(cd "$work" && apt-get -q=2 -o APT::Sandbox::User=root download qemu-guest-agent busybox-static >&2) ||
  die 'apt could not download them; if its lists are old, run apt-get update'
for package in "$work"/*.deb; do dpkg -x "$package" "$work/unpacked"; done
mkdir -p "$work/done" "$work/root/agent" "$work/root/sbin"
cp "$work/unpacked/usr/sbin/qemu-ga" "$work/done/qemu-ga"

# The libraries are QEMU's own on this host, which has QEMU; the loader by its full path needs none of the guest's.
cp "$work/done/qemu-ga" "$work/root/agent/qemu-ga"
ldd "$work/done/qemu-ga" | grep -q 'not found' && die "libraries are missing: $(ldd "$work/done/qemu-ga" | grep 'not found')"
for library in $(ldd "$work/done/qemu-ga" | grep -o '/[^ ]*'); do cp -L "$library" "$work/root/agent/"; done
cat >"$work/root/agent/run" <<'RUN'
#!/bin/sh
# Runs the agent on the first virtio-serial port, in the background.
mkdir -p /var/run
cd /agent && exec ./ld-linux-x86-64.so.2 --library-path /agent ./qemu-ga -d -m virtio-serial -p "${1:-/dev/vport0p1}" -f /var/run/qga.pid -t /var/run -l /tmp/qga.log
RUN
cat >"$work/root/agent/init" <<'INIT'
#!/bin/sh
# The port comes with a driver that /init loads. A shell needs /dev/null for what it runs in the background.
mount -t devtmpfs dev /dev
(
  # Its number is the kernel's choice.
  until name=$(grep -lx org.qemu.guest_agent.0 /sys/class/virtio-ports/*/name) && port=${name#/sys/class/virtio-ports/} && [ -c "/dev/${port%/name}" ]
  do sleep 0.1; done
  exec /agent/run "/dev/${port%/name}"
) 2>/dev/null &
exec /init
INIT
# What guest-shutdown calls.
printf '#!/bin/sh\npoweroff -f\n' >"$work/root/sbin/shutdown"
chmod 755 "$work/root/agent/run" "$work/root/agent/init" "$work/root/sbin/shutdown"
busybox=$(find "$work/unpacked" -path '*/bin/busybox')
(cd "$work/root" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc -R 0:0 2>/dev/null) >"$work/done/agent.cpio"
touch "$work/done/complete"
rm -rf "$dir"
mv "$work/done" "$dir"
echo "$dir"
