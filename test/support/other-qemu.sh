#!/usr/bin/env bash
# other-qemu.sh 10.0|11.1
# Fetches another QEMU than the system's from Debian's backports, for the tests that run on several versions. Installs
# nothing: the packages are downloaded by apt with a sources list of its own and unpacked into the cache, with every library
# they depend on and the loader, so that this machine's libraries do not matter.
# Prints the directory with `qemu-system-x86_64` and `qemu-system-aarch64` as its last line; messages go to stderr.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/apt.sh"
version=${1:-}
cache=${QEMU_LAUNCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qemu-launch}
dir=$cache/qemu-$version-$(cat "$here/other-qemu.sh" "$here/apt.sh" | sha256sum | cut -c1-12)

# The modules too: without them QEMU tries those of the system's own build, and aborts.
packages=(qemu-system-x86 qemu-system-arm qemu-system-modules-opengl qemu-system-modules-spice patchelf)

say() { echo "QEMU $version: $*" >&2; }
die() { say "$*"; exit 1; }

case $version in
  10.0) suite=bookworm ;;
  11.1) suite=trixie ;;
  *) die 'no such version here' ;;
esac

if [[ -f $dir/complete ]]; then
  echo "$dir/bin"
  exit 0
fi
mkdir -p "$cache"
exec 9>"$cache/qemu-$version.lock"
flock 9
if [[ -f $dir/complete ]]; then # another fetch finished while this one waited
  echo "$dir/bin"
  exit 0
fi

work=$(mktemp -d "$cache/qemu-$version-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
say "downloading it from $suite-backports, and unpacking it into $dir"
private_apt "$work/apt" deb "$suite" "$suite-backports" -- -o Dir::State::status=/dev/null ||
  die 'apt could not read the package lists'
apt-get "${apt_options[@]}" --yes --no-install-recommends --download-only --target-release "$suite-backports" \
  install "${packages[@]}" >&2 || die 'apt could not download it'
root=$work/done/root
mkdir -p "$root"
for package in "$work"/apt/archives/*.deb; do dpkg -x "$package" "$root"; done

# Bookworm's libc is below /lib, all others are below /usr/lib. The paths that go into the programs are those of $dir.
libraries=(/usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu)
loader=$(find "$root" -type f -name ld-linux-x86-64.so.2 -printf '/%P\n')
[[ $loader == /*lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 ]] || die "cannot tell which loader is its own: $loader"
rpath=$(printf ":$dir/root%s" "${libraries[@]}")
patchelf() {
  "$root$loader" --library-path "$(printf ":$root%s" "${libraries[@]}")" "$root/usr/bin/patchelf" "$@"
}

mkdir "$work/done/bin"
for name in qemu-system-x86_64 qemu-system-aarch64; do
  # RPATH, and not RUNPATH, is for the libraries of libraries too. Children of QEMU inherit none of it.
  patchelf --set-interpreter "$dir/root$loader" --force-rpath --set-rpath "${rpath#:}" "$root/usr/bin/$name" ||
    die "cannot set the loader of $name"
  # `exec`, so that the process is QEMU and no shell; its own firmware first, then what the system has.
  cat >"$work/done/bin/$name" <<WRAPPER
#!/bin/sh
root=$dir/root/usr
export QEMU_MODULE_DIR="\$root/lib/x86_64-linux-gnu/qemu"
exec "\$root/bin/$name" -L "\$root/share/qemu" -L "\$root/share/seabios" "\$@"
WRAPPER
  chmod 755 "$work/done/bin/$name"
done
rm -rf "$dir" "$root"/usr/share/{doc,man,locale,iso-codes,xml}
mv "$work/done" "$dir"

for name in qemu-system-x86_64 qemu-system-aarch64; do
  found=$("$dir/bin/$name" --version) || die "$name does not start"
  [[ $found == "QEMU emulator version $version."* ]] || die "not QEMU $version: $found"
done
touch "$dir/complete"
echo "$dir/bin"
