#!/usr/bin/env bash
# fetch-python-client.sh DIRECTORY — puts qemu.qmp, QEMU's Python client, into DIRECTORY/qemu/qmp, for PYTHONPATH. It
# comes from Debian's source package of QEMU.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../../support/apt.sh"
directory=$1
mkdir -p "$(dirname "$directory")"
work=$(mktemp -d "$(dirname "$directory")/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir "$work/qemu"
private_apt "$work/apt" deb-src bookworm
cd "$work"
apt-get "${apt_options[@]}" source --download-only --tar-only qemu
tar -xf qemu_*.orig.tar.* --wildcards --strip-components=2 -C "$work" '*/python/qemu/qmp'
[[ -f $work/qemu/qmp/qmp_client.py ]]
mkdir -p "$directory"
rm -rf "$directory/qemu"
mv "$work/qemu" "$directory/"
