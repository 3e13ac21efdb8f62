import { writeFileSync } from 'node:fs'

const prctl = process.arch === 'arm64' ? 167 : 157
const ioUringSetup = 425
const eperm = 1

/**
 * Makes a program that runs another one where the kernel allows no io_uring, as in a container with such a seccomp profile. In Perl,
 * which every Debian has: a filter of four words, https://man7.org/linux/man-pages/man2/seccomp.2.html.
 */
export function writeWithoutIoUring(file: string, program: string): void {
  const words = [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, ioUringSetup],
    [0x06, 0, 0, 0x50000 + eperm],
    [0x06, 0, 0, 0x7fff0000],
  ]
  const text = `#!/usr/bin/perl
my $words = pack('SCCL' x 4, ${words.flat().join(', ')});
my $filter = pack('S x6 P', 4, $words);
syscall(${prctl}, 38, 1, 0, 0, 0) == 0 && syscall(${prctl}, 22, 2, $filter) == 0 or die "no filter: $!";
exec '${program}', @ARGV;
`
  writeFileSync(file, text, { mode: 0o755 })
}
