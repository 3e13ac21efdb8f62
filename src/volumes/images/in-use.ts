import { readFile, stat } from 'node:fs/promises'

// QEMU locks a byte for each thing that it does with an image; the second is writing, see RAW_LOCK_PERM_BASE in
// https://gitlab.com/qemu-project/qemu/-/blob/master/block/file-posix.c
const writingByte = 101

/** Whether a QEMU on this host may write a file, by the kernel's list of locks. False for a file that is not there. */
export async function isBeingWritten(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  const locks = await readFile('/proc/locks', 'utf8')
  return locks.split('\n').some((line) => {
    const [, major = '', minor = '', inode, first, last] =
      / ([0-9a-f]+):([0-9a-f]+):(\d+) (\d+) (\d+|EOF)$/.exec(line) ?? []
    return (
      Number(inode) === found.ino &&
      isSameDevice(found.dev, Number.parseInt(major, 16), Number.parseInt(minor, 16)) &&
      Number(first) <= writingByte &&
      (last === 'EOF' || Number(last) >= writingByte)
    )
  })
}

/** A number of stat(2) against the two of the list. File systems without a device of their own (btrfs) have several of major 0. */
function isSameDevice(dev: number, major: number, minor: number): boolean {
  if (dev < 2 ** 20 && dev >> 8 === 0) return major === 0
  return dev === major * 256 + (minor & 0xff) + (minor >> 8) * 2 ** 20
}
