import { randomUUID } from 'node:crypto'
import { access, link, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Fault } from '../../errors.ts'
import { show } from '../../util/schema.ts'
import { isNbdUri } from '../../volumes/index.ts'
import { type CloudInit, type SeedFormat, seedDisc, seedFiles } from '../config/cloud-init.ts'
import type { Firmware } from '../config/firmware.ts'
import type { ResolvedVm } from '../config/resolve.ts'
import { messageOf, VmConfigError } from '../errors.ts'
import { isoImage } from './iso-image.ts'

/** What is written for a VM before QEMU starts: the seed of cloud-init, and the variables of UEFI. */
export interface OwnFiles {
  readonly seed?: SeedContent | undefined
  readonly vars?: { readonly path: string; readonly template: string } | undefined
}

type SeedContent = readonly (readonly [name: string, content: string | Buffer])[]

/**
 * Finds out what a VM needs written, and reads what it is made of. Variables at `leaving` count as not there: what is left of
 * the VM before is about to go.
 * @throws VmConfigError with every file that is missing. Nothing has been written.
 */
export async function gatherOwnFiles(
  vm: Pick<ResolvedVm, 'name' | 'firmware' | 'seedFormat'>,
  cloudInit: CloudInit | undefined,
  leaving?: string,
): Promise<OwnFiles> {
  const faults: Fault[] = []
  const vars = await missingVars(vm.firmware, faults, leaving)
  const seed = cloudInit === undefined ? undefined : await readSeed(cloudInit, vm, faults)
  if (faults.length > 0) throw new VmConfigError(faults)
  return { vars, seed }
}

/**
 * Writes them, readable for nobody else. Variables outside the VM's directory stay when the launch fails after this: they
 * are as new, and another VM may have taken them up.
 */
export async function writeOwnFiles(
  { vars, seed }: OwnFiles,
  folder: string,
  seedFormat: SeedFormat,
): Promise<void> {
  if (seed !== undefined) {
    await mkdir(folder, { mode: 0o700 })
    const disc = seedFormat === 'iso' ? [[seedDisc, isoImage('cidata', seed)] as const] : []
    for (const [name, content] of [...seed, ...disc])
      await writeFile(join(folder, name), content, { mode: 0o600 })
  }
  if (vars !== undefined) await copyFlash(vars.template, vars.path)
}

/** The variables that are to be made from their template, if any. */
async function missingVars(
  firmware: Firmware | undefined,
  faults: Fault[],
  leaving: string | undefined,
): Promise<OwnFiles['vars'] | undefined> {
  if (firmware?.type !== 'uefi') return undefined
  const { code, vars, varsTemplate } = firmware
  const fault = (key: string, path: string, what: string) =>
    faults.push({ path: `firmware.${key}`, message: `${show(path)} ${what}`, value: path })
  const unreadable = 'cannot be read: should be a flash file, as the packages ovmf and qemu-efi-aarch64 have'
  if (!(await isReadable(code))) fault('code', code, unreadable)
  if (vars === undefined || isNbdUri(vars)) return undefined
  if (vars !== leaving && (await isReadable(vars))) return undefined
  if (varsTemplate === undefined)
    fault('vars', vars, 'does not exist: should exist, or there should be a varsTemplate')
  else if (vars !== leaving && !(await isReadable(dirname(vars)))) {
    fault('vars', vars, `cannot be made: there is no directory ${show(dirname(vars))}; make it first`)
  } else if (await isReadable(varsTemplate)) return { path: vars, template: varsTemplate }
  else fault('varsTemplate', varsTemplate, unreadable)
  return undefined
}

// A FAT disk of 2.88 MB less its tables, as QEMU lays it out.
const clusterBytes = 1024
const maxClusters = 2849

async function readSeed(
  cloudInit: CloudInit,
  { name: vm, seedFormat }: Pick<ResolvedVm, 'name' | 'seedFormat'>,
  faults: Fault[],
): Promise<SeedContent> {
  const read = seedFiles(cloudInit, vm).map(async ({ name, key, content }) => {
    if (typeof content === 'string') return [name, content] as const
    const bytes = await readFile(content.file).catch((error: unknown) => {
      faults.push({ path: `cloudInit.${key}.file`, message: `cannot be read: ${messageOf(error)}` })
      return ''
    })
    return [name, bytes] as const
  })
  const files = await Promise.all(read)
  const clusters = files.reduce(
    (sum, [, content]) => sum + Math.ceil(Buffer.byteLength(content) / clusterBytes),
    0,
  )
  if (seedFormat === 'vfat' && clusters > maxClusters) {
    const message = `makes a seed of ${clusters} KiB: QEMU's disk for it holds ${maxClusters} KiB at most; have the guest fetch the rest, or say "format": "iso"`
    faults.push({ path: 'cloudInit.userData', message })
  }
  return files
}

async function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

const block = Buffer.alloc(64 * 1024)

/**
 * In one step, and without the zeros at the end: the flash of an ARM machine has 64 MiB, and 1 % of it is used. What another
 * launch has put there meanwhile stays.
 */
async function copyFlash(from: string, to: string): Promise<void> {
  const content = await readFile(from)
  let end = content.length
  while (end >= block.length && content.subarray(end - block.length, end).equals(block)) end -= block.length
  const part = `${to}.${randomUUID()}.tmp`
  try {
    await writeFile(part, content.subarray(0, end), { mode: 0o600 })
    await truncate(part, content.length)
    await link(part, to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(part, { force: true })
  }
}
