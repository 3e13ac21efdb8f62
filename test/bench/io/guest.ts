import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchVm, type Vm, type VmConfigInput } from '../../../dist/index.js'
import { type FioJob, parseFio } from '../../../examples/bench-guest/fio.ts'
import { testGuest } from '../../support/guest.ts'
import { GuestConsole } from '../../support/guest-console.ts'

const jobFile = readFileSync(new URL('../../../examples/bench-guest/seed.fio', import.meta.url), 'utf8')

/** A guest with fio in it. */
export interface FioGuest extends AsyncDisposable {
  readonly vm: Vm
  /** The jobs of seed.fio on the disk with this serial number. */
  fio(serial: string, seconds: number): Promise<Map<string, FioJob>>
  /** Four jobs of 4 KiB requests, 32 deep each, spread over these disks (`vda`). */
  load(disks: readonly string[], rw: Load, seconds: number): Promise<FioJob>
  /** The name of the disk with this serial number. */
  diskOf(serial: string): Promise<string>
  /** The name of the disk that appears while something is done. */
  appears(plug: () => Promise<unknown>): Promise<string>
}

/** As fio's `rw`; of `randrw` 70 % are reads. */
export type Load = 'randrw' | 'randread' | 'randwrite'

/** The test guest with two vCPUs, these drives, and what else its config is to say. */
export async function bootFio(
  directory: string,
  drives: VmConfigInput['drives'] = [],
  config: Partial<VmConfigInput> = {},
): Promise<FioGuest> {
  const script = fileURLToPath(new URL('fio-disk.sh', import.meta.url))
  const image = execFileSync('bash', [script], { encoding: 'utf8' }).trimEnd().split('\n').at(-1) ?? ''
  const guest = testGuest()
  const vm = await launchVm(
    {
      name: 'fio',
      accelerator: 'tcg',
      cpu: 'max',
      cpus: 2,
      memoryMiB: 512,
      kernel: { image: guest.kernel, initrd: guest.initrd, append: guest.append },
      iothreads: drives.flatMap(({ iothread }) => (iothread === undefined ? [] : [{ id: iothread }])),
      drives: [
        { id: 'fio', serial: 'fio', source: { type: 'file', path: image }, format: 'raw', readOnly: true },
        ...drives,
      ],
      ...config,
    },
    { stateDir: join(directory, 'vms') },
  )
  const console = GuestConsole.attach(connect(vm.paths.console))
  try {
    await console.waitForReady()
    const disk = await console.waitForDisk('fio')
    await console.check(
      `mount -o ro /dev/${disk} /mnt && mount --bind /dev /mnt/dev && mount -t tmpfs tmp /mnt/tmp`,
    )
    for (const line of jobFile.split('\n')) {
      await console.check(`printf '%s\\n' '${line.replaceAll("'", '')}' >>/mnt/tmp/seed.fio`)
    }
  } catch (error) {
    await vm.kill()
    throw error
  }
  return {
    vm,
    async fio(serial, seconds) {
      const disk = await console.waitForDisk(serial)
      const output = await console.check(
        `TARGET=/dev/${disk} SIZE=48M RUNTIME=${seconds} chroot /mnt /bin/fio --output-format=json /tmp/seed.fio`,
        { timeoutMs: (seconds * 3 + 60) * 1000 },
      )
      const jobs = parseFio(output)
      const failed = jobs.find(({ errors }) => errors > 0)
      if (failed !== undefined) throw new Error(`${serial}: ${failed.name} had errors`)
      return new Map(jobs.map((job) => [job.name, job]))
    },
    async load(disks, rw, seconds) {
      const filename = `--filename=${disks.map((disk) => `/dev/${disk}`).join(':')}`
      const output = await console.check(
        `chroot /mnt /bin/fio ${[...loadWords(rw, seconds), '--ioengine=libaio', '--direct=1', filename].join(' ')}`,
        { timeoutMs: (seconds + 60) * 1000 },
      )
      return onlyJob(output)
    },
    diskOf: (serial) => console.waitForDisk(serial),
    async appears(plug) {
      const before = await console.check('ls /sys/block')
      await plug()
      const known = before.replaceAll(/\s+/g, '|')
      const look = `ls /sys/block | grep -vxE '${known}'`
      const wait = 'read -r -t 0.05 rest <&3'
      return console.check(
        `mkfifo /tmp/nothing 2>/dev/null; exec 3<>/tmp/nothing; until ${look}; do ${wait}; done; true`,
      )
    },
    async [Symbol.asyncDispose]() {
      console.close()
      await vm.kill()
    },
  }
}

/** The same load without a guest, by fio's own NBD client: the ceiling. */
export function fioOnHost(socket: string, seconds: number, rw: Load = 'randrw', exportName = ''): FioJob {
  const uri = `nbd+unix:///${exportName}?socket=${socket}`
  const words = [...loadWords(rw, seconds), '--ioengine=nbd', `--uri=${uri}`, '--thread']
  return runFio(words, seconds)
}

/** Reads once what the loads are spread over. */
export function readThrough(socket: string, exportName: string): void {
  const uri = `nbd+unix:///${exportName}?socket=${socket}`
  runFio(
    [
      ...['--name=warm', '--rw=read', '--bs=1M', `--size=${sizeOfLoad}`, '--iodepth=4', '--thread'],
      ...['--ioengine=nbd', `--uri=${uri}`, '--output-format=json'],
    ],
    60,
  )
}

/** Random reads of a block device of the host. */
export function fioOnDevice(device: string, seconds: number): FioJob {
  const words = ['--ioengine=libaio', '--direct=1', '--readonly', `--filename=${device}`]
  return runFio([...loadWords('randread', seconds), ...words], seconds)
}

const runFio = (words: readonly string[], seconds: number) =>
  onlyJob(execFileSync('fio', words, { encoding: 'utf8', timeout: (seconds + 30) * 1000 }))

const sizeOfLoad = '48M'

const loadWords = (rw: Load, seconds: number) => [
  ...[
    `--name=${rw}`,
    `--rw=${rw}`,
    '--rwmixread=70',
    '--bs=4k',
    `--size=${sizeOfLoad}`,
    `--runtime=${seconds}`,
  ],
  ...['--time_based', '--randrepeat=0', '--numjobs=4', '--iodepth=32', '--group_reporting'],
  '--output-format=json',
]

function onlyJob(output: string): FioJob {
  const [job] = parseFio(output)
  if (job === undefined) throw new Error('fio said nothing')
  if (job.errors > 0) throw new Error(`${job.name} had errors`)
  return job
}
