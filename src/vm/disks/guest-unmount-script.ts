/**
 * What the shell of a Linux guest runs to unmount the disk with the serial number `$1`, with nothing that a minimal guest
 * lacks. A mount is known by its device numbers, because its device may have any name; that of a btrfs, which has numbers
 * of its own, by its device. Exit 3: not unmounted, or in use otherwise; standard error says why.
 */
export const unmountScript = `
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
refuse() { printf '%s\\n' "$*" >&2; exit 3; }
for tool in grep ls sed umount; do
  command -v "$tool" >/dev/null || refuse "the guest has no $tool"
done
[ -d /sys/block ] && [ -r /proc/self/mountinfo ] ||
  refuse 'the guest cannot tell what is mounted without /proc/self/mountinfo and /sys/block'

disk=
for file in /sys/block/*/serial; do
  text=
  { IFS= read -r text <"$file" || [ -n "$text" ]; } 2>/dev/null || continue
  [ "$text" = "$1" ] || continue
  name=\${file%/serial}
  name=\${name##*/}
  [ -z "$disk" ] || refuse "$disk and $name both have the serial number $1"
  disk=$name
done
# A SCSI disk has it in a page, behind four bytes.
for file in /sys/block/*/device/vpd_pg80; do
  [ -r "$file" ] || continue
  command -v tail >/dev/null || refuse 'the guest has no tail'
  text=$(tail -c +5 "$file")
  [ "$text" = "$1" ] || continue
  name=\${file%/device/*}
  name=\${name##*/}
  [ -z "$disk" ] || refuse "$disk and $name both have the serial number $1"
  disk=$name
done
[ -n "$disk" ] || exit 0

names= devices=
for file in /sys/block/$disk/dev /sys/block/$disk/$disk*/dev; do
  [ -e "$file" ] || continue
  read -r numbers <"$file"
  name=\${file%/dev}
  names="$names \${name##*/}" devices="$devices $numbers"
done

for holder in /sys/block/$disk/holders/* /sys/block/$disk/$disk*/holders/*; do
  [ ! -e "$holder" ] || refuse "$disk is held by \${holder##*/}"
done

# Whether a path leads to one of these devices.
leads_to() {
  path=$1
  shift
  for name do
    if [ "$path" -ef "/dev/$name" ]; then return 0; fi
  done
  return 1
}

[ ! -r /proc/swaps ] || while read -r file _; do
  if leads_to "$file" $names; then refuse "$file is swap"; fi
done </proc/swaps
for file in /sys/block/loop*/loop/backing_file; do
  [ -r "$file" ] && read -r path <"$file" || continue
  if leads_to "$path" $names; then file=\${file%/loop/*}; refuse "\${file##*/} is a loop over $path"; fi
done

# What /proc says of each open file that is this device.
open_files() {
  ls -l /proc/[0-9]*/fd 2>/dev/null | sed -n '
    /^\\/proc/h
    \\| -> /dev/'"$1"'$|{
      s/.* \\([0-9]*\\) -> .*/\\1/
      G
      s|\\(.*\\)\\n\\(.*\\)fd:|\\2fdinfo/\\1|p
    }'
}
for name in $names; do
  for file in $(open_files "$name"); do
    # The last digit tells what for: 0 is for reading.
    grep -q 'flags:.*[123]$' "$file" 2>/dev/null || continue
    file=\${file#/proc/}
    refuse "process \${file%%/*} has $name open for writing"
  done
done

# A btrfs of several disks may be mounted by any of them.
members=$names
for name in $names; do
  for link in /sys/fs/btrfs/*/devices/$name; do
    [ -e "$link" ] || continue
    for member in "\${link%/*}"/*; do members="$members \${member##*/}"; done
  done
done

is_ours() {
  case " $devices " in *" $1 "*) return 0 ;; esac
  [ "$2" = btrfs ] && leads_to "$3" $members
}

# In mounts: identifier and escaped mount point of each mount, the last first.
find_mounts() {
  mounts=
  while read -r id _ device _ point rest; do
    rest=\${rest#* - }
    type=\${rest%% *} rest=\${rest#* }
    if is_ours "$device" "$type" "\${rest%% *}"; then mounts="$id $point $mounts"; fi
  done </proc/self/mountinfo
}

# The identifier of the mount that a path leads to, where the kernel says it.
mount_of() {
  if [ -d "$1" ] || [ -f "$1" ]; then sed -n 's/^mnt_id:[^0-9]*//p' /proc/self/fdinfo/3 3<"$1"; fi
}

# Unmounts one of these mounts; words say why the others could not be.
unmount_one() {
  words=
  while [ $# -gt 0 ]; do
    # To %b an octal number is one with a 0 before it. The dot keeps line feeds at the end.
    point=$(printf '%b.' "$(printf '%s' "$2" | sed 's/\\\\/\\\\0/g')")
    point=\${point%.}
    top=$(mount_of "$point" 2>/dev/null)
    if [ "\${top:-$1}" != "$1" ]; then words="$words$2 is covered by another mount. "
    elif said=$(umount "$point" 2>&1); then return 0
    else words="$words$said "
    fi
    shift 2
  done
  return 1
}

sync
set -f
mounts=
while before=$mounts; find_mounts; [ -n "$mounts" ]; do
  [ "$mounts" != "$before" ] || refuse "$disk stays mounted"
  unmount_one $mounts || refuse "$disk: $words"
done
set +f

# What no mount here tells of: one in another mount namespace, one kept by open files, a btrfs by another disk.
for numbers in $devices; do
  found=$(grep -ls "^[0-9]* [0-9]* $numbers " /proc/[0-9]*/mountinfo)
  found=\${found#/proc/}
  [ -z "$found" ] || refuse "$disk is still mounted for process \${found%%/*}"
done
for name in $names; do
  for file in /sys/fs/ext4/$name /sys/fs/xfs/$name /sys/fs/f2fs/$name /sys/fs/btrfs/*/devices/$name; do
    [ ! -e "$file" ] || refuse "the file system on $name is still in use"
  done
done
# To set the block size, even to what it is, the kernel claims the disk and all its partitions for itself.
if command -v blockdev >/dev/null; then
  size=$(blockdev --getbsz "/dev/$disk") && blockdev --setbsz "$size" "/dev/$disk" || refuse "$disk is still in use"
fi
`
