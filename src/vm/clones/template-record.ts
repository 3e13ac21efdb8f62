import { access, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { foreignFault } from '../../util/own-directory.ts'
import { readOwnFile } from '../../util/regular-file.ts'
import { check, z } from '../../util/schema.ts'
import { nicSchema, vmConfigSchema, vmNamePattern } from '../config/schema.ts'
import { messageOf, VmError } from '../errors.ts'
import { checkStateDir, templatesFolder } from '../record/paths.ts'

/** A file outside the template that all clones read: it must stay as it was. */
const baseSchema = z.object({ path: z.string(), size: z.number(), modifiedMs: z.number(), inode: z.number() })

const templateSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  createdAt: z.iso.datetime(),
  /** The version and the build of the QEMU that made it. */
  qemu: z.string(),
  /** The host that made it, from /etc/machine-id. */
  host: z.string(),
  /** The config of a clone, without its name. Its disks are those of the template. */
  config: vmConfigSchema,
  /** The disks that each clone has of its own, and how they are made. */
  disks: z.array(z.object({ path: z.string(), method: z.enum(['reflink', 'overlay', 'copy']) })),
  bases: z.array(baseSchema),
  /** The network cards that each clone gets, with addresses of its own. */
  nics: z.array(nicSchema).default([]),
})

export type TemplateRecord = z.output<typeof templateSchema>
export type BaseFile = z.output<typeof baseSchema>

/** The files of a template, by absolute paths. */
export interface TemplatePaths {
  readonly dir: string
  readonly record: string
  /** The memory of the guest, which no clone writes. */
  readonly memory: string
  /** The state of the devices. */
  readonly state: string
  readonly disks: string
  /** The state directory of the VM that is to become the template. */
  readonly vm: string
}

/** What the name of a template's directory ends with while it is made. */
export const makingEnding = '.making'

const maxBytes = 4 * 1024 * 1024

/** @throws VmError VM_TEMPLATE_NOT_FOUND for what cannot be a name, VM_STATE for a directory that is not to be trusted. */
export function templatePaths(stateDir: string, name: string, ending = ''): TemplatePaths {
  if (!vmNamePattern.test(name)) throw noTemplate(name, stateDir, 'that cannot be the name of one')
  checkStateDir(stateDir)
  const parent = join(stateDir, templatesFolder)
  const dir = join(parent, `${name}${ending}`)
  for (const path of [parent, dir]) {
    const fault = foreignFault(path)
    if (fault !== undefined)
      throw new VmError('VM_STATE', `the template ${name} cannot be used: ${path} ${fault}`)
  }
  return {
    dir,
    record: join(dir, 'template.json'),
    memory: join(dir, 'memory'),
    state: join(dir, 'state'),
    disks: join(dir, 'disks'),
    vm: join(dir, 'vm'),
  }
}

/** @throws VmError VM_TEMPLATE_NOT_FOUND, VM_STATE when it cannot be read or understood. */
export async function readTemplate(stateDir: string, name: string): Promise<TemplateRecord> {
  const paths = templatePaths(stateDir, name)
  const text = await readOwnFile(paths.record, maxBytes).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw noTemplate(name, stateDir, 'qemu-launch template list shows those there are')
    throw new VmError('VM_STATE', `the template ${name} cannot be read: ${messageOf(error)}`, {
      cause: error,
    })
  })
  const checked = check(templateSchema, parse(text))
  if (checked.ok) return checked.value
  throw new VmError(
    'VM_STATE',
    `the record of the template ${name} cannot be understood (${paths.record}); delete the template and make it again`,
    {
      details: { template: name, faults: checked.faults },
    },
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function noTemplate(name: string, stateDir: string, why: string): VmError {
  return new VmError('VM_TEMPLATE_NOT_FOUND', `there is no template ${JSON.stringify(name)}: ${why}`, {
    details: { template: name, stateDir },
  })
}

/** The files as they are now, for `changedBase`. @throws what the system says. */
export function lookAtBases(paths: readonly string[]): Promise<BaseFile[]> {
  return Promise.all(
    paths.map(async (path) => {
      const { ino, mtimeMs, size } = await stat(path)
      return { path, size, modifiedMs: mtimeMs, inode: ino }
    }),
  )
}

/** The first file that is not as it was when the template was made. */
export async function changedBase(bases: readonly BaseFile[]): Promise<string | undefined> {
  const now = await Promise.all(bases.map(({ path }) => lookAtBases([path]).catch(() => [])))
  return bases.find((base, index) => JSON.stringify(now[index]?.[0]) !== JSON.stringify(base))?.path
}

/** Names this host; empty where it has no name. */
export async function hostId(): Promise<string> {
  return (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim()
}

/** The version and the build of a QEMU, in one text. */
export function qemuVersion({
  package: build,
  version: { major, micro, minor },
}: {
  readonly package: string
  readonly version: { readonly major: number; readonly minor: number; readonly micro: number }
}): string {
  return `${major}.${minor}.${micro} ${build}`.trim()
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
