import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VmConfigInput } from 'qemu-launch'
import { bareConfig, freshName, testDirectory } from './vm.ts'

const halt = [0xf4, 0xeb, 0xfd]

/** `mov dx,port; mov al,value; out dx,al` */
const out8 = (port: number, value: number) => [0xba, port & 255, port >> 8, 0xb0, value, 0xee]

/** `mov dx,port; mov ax,value; out dx,ax` */
const out16 = (port: number, value: number) => [
  0xba,
  port & 255,
  port >> 8,
  0xb8,
  value & 255,
  value >> 8,
  0xef,
]

/** ACPI's PM1a control of q35, where its firmware puts it: 1 << 13 enters the state at 1 << 10. */
const powerControl = 0x604

/** Guests of a few bytes, run by the firmware from the disk's first sector. Each does one thing and halts. */
const sectors = {
  halts: [],
  powersOff: out16(powerControl, 0x2000),
  sleeps: out16(powerControl, 0x2400),
  panics: out8(0x505, 1),
  loadsCrashKernel: out8(0x505, 2),
  /** By the keyboard controller, over and over. */
  reboots: [0xb0, 0xfe, 0xe6, 0x64],
  /** Sets a watchdog of no time at all. */
  startsWatchdog: out8(0x443, 0x0f),
  /** Reads the disk again and again with the firmware's help: `mov ax,0201h; mov bx,7e00h; mov cx,0002h; mov dx,0080h; int 13h; jmp` */
  readsForEver: [0xb8, 1, 2, 0xbb, 0, 0x7e, 0xb9, 2, 0, 0xba, 0x80, 0, 0xcd, 0x13, 0xeb, 0xf0],
  /** A line to COM1 and to COM2, over and over: `mov dx,3f8h; mov al,'x'; out dx,al; mov al,10; out dx,al; mov dh,2; …; jmp` */
  floods: [
    ...[0xba, 0xf8, 0x03, 0xb0, 0x78, 0xee, 0xb0, 0x0a, 0xee],
    ...[0xb6, 0x02, 0xb0, 0x78, 0xee, 0xb0, 0x0a, 0xee, 0xeb, 0xed],
  ],
} as const satisfies Record<string, readonly number[]>

/** A disk of 1 MiB that begins with one of them. */
export function sectorImage(name: keyof typeof sectors): string {
  return imageOf(sectors[name])
}

/** A disk whose guest says a short text on COM1, and then powers down or halts. */
export function sayingImage(text: string, then: 'powersOff' | 'halts' = 'powersOff'): string {
  const say = [...Buffer.from(text)].flatMap((byte) => [0xb0, byte, 0xee])
  return imageOf([0xba, 0xf8, 0x03, ...say, ...sectors[then]])
}

function imageOf(program: readonly number[]): string {
  const path = join(testDirectory(), `${freshName('sector')}.img`)
  const image = Buffer.alloc(1024 * 1024)
  Buffer.from([...program, ...halt]).copy(image)
  image.writeUInt16LE(0xaa55, 510)
  writeFileSync(path, image)
  return path
}

/** A machine that runs one of them. */
export function sectorConfig(name: keyof typeof sectors, config: Partial<VmConfigInput> = {}): VmConfigInput {
  const source = { type: 'file' as const, path: sectorImage(name) }
  return bareConfig({ drives: [{ id: 'os', source, format: 'raw' }], ...config })
}
