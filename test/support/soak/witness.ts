import { createHash } from 'node:crypto'
import type { Vm } from 'qemu-launch'
import type { NbdServer } from 'qemu-launch/volumes'
import { expect } from 'vitest'
import type { GuestConsole } from '../guest-console.ts'
import { readDisk, startDisk } from '../vm.ts'

const id = 'witness'
const slots = 14
const slotBytes = 1 << 16

/** A short wait of the guest's shell that starts no process. */
const pause =
  'mkfifo /tmp/never 2>/dev/null; exec 3<>/tmp/never; pause() { read -r -t 0.02 rest <&3; true; };'

/** A volume that stays, to which the guest writes all the time, of known content after each round. */
export class Witness {
  readonly server: NbdServer
  readonly port: string
  #rounds = 0
  #ioErrors = 0

  private constructor(server: NbdServer, port: string) {
    this.server = server
    this.port = port
  }

  static async attach(vm: Vm): Promise<Witness> {
    const server = await startDisk()
    const { port = '' } = await vm.volumes.attach({ id, uri: server.uri })
    const witness = new Witness(server, port)
    witness.watch(vm)
    return witness
  }

  /** Counts the errors that QEMU tells of, from this connection on. */
  watch(vm: Vm): void {
    vm.qmp.on('BLOCK_IO_ERROR', ({ data }) => {
      if (data['node-name'] === `nbd-${id}`) this.#ioErrors++
    })
  }

  /** Lets the guest write, each round to another slot, all of it lines with the number of the round, and its checksum last. */
  async start(console: GuestConsole): Promise<void> {
    const disk = await console.waitForDisk(id)
    await console.check(
      `rm -f /tmp/stop /tmp/end; echo ${this.#rounds} >/tmp/round; (${pause} round=${this.#rounds}; ` +
        `while [ ! -e /tmp/stop ]; do yes "round $round" | head -c ${slotBytes} | ` +
        `dd of=/dev/${disk} bs=64k seek=$((round % ${slots})) conv=fsync,notrunc 2>/dev/null || ` +
        `{ echo failed >/tmp/end; exit 1; }; round=$((round + 1)); echo $round >/tmp/round; pause; done; ` +
        `echo $round >/tmp/end) >/dev/null 2>&1 &`,
    )
  }

  /** Ends the writing, and holds what the guest reads, past its cache, and what the server has against what was written. */
  async stop(console: GuestConsole): Promise<void> {
    const end = await console.check(
      `${pause} touch /tmp/stop; until [ -e /tmp/end ]; do pause; done; cat /tmp/end`,
    )
    expect(end).toMatch(/^\d+$/)
    expect(Number(end)).toBeGreaterThan(this.#rounds)
    this.#rounds = Number(end)
    const disk = await console.waitForDisk(id)
    expect(await console.check(`dmesg | grep -c -e "error, dev ${disk}[, ]" || true`)).toBe('0')
    expect(this.#ioErrors).toBe(0)
    const expected = this.#written()
    await console.check('echo 3 >/proc/sys/vm/drop_caches')
    const seen = await console.check(`head -c ${expected.length} /dev/${disk} | md5sum | cut -d' ' -f1`)
    expect(seen).toBe(createHash('md5').update(expected).digest('hex'))
    expect(readDisk(this.server).subarray(0, expected.length).equals(expected)).toBe(true)
  }

  get rounds(): number {
    return this.#rounds
  }

  #written(): Buffer {
    const bytes = Array.from({ length: Math.min(slots, this.#rounds) }, (_, slot) => {
      const last = this.#rounds - 1 - ((this.#rounds - 1 - slot + slots) % slots)
      const line = `round ${last}\n`
      return Buffer.from(line.repeat(Math.ceil(slotBytes / line.length))).subarray(0, slotBytes)
    })
    return Buffer.concat(bytes)
  }
}
