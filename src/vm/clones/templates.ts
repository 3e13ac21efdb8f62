import { readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { mapLimited } from '../../util/limited.ts'
import { isNoFile } from '../../util/regular-file.ts'
import { messageOf, VmError } from '../errors.ts'
import { inspectVm, listVms, type StateDirOptions } from '../life/inspect.ts'
import { isBeingLaunched, templateLock } from '../record/ownership.ts'
import { defaultStateDir, templatesFolder, vmPaths } from '../record/paths.ts'
import type { VmRecord } from '../record/state.ts'
import { VmStore } from '../record/vm-store.ts'
import { makingEnding, readTemplate, type TemplateRecord, templatePaths } from './template-record.ts'

/** A template as it is listed. */
export interface Template {
  readonly name: string
  readonly createdAt: string
  /** The version and the build of the QEMU that made it, which all clones need. */
  readonly qemu: string
  readonly machine: string
  readonly memoryMiB: number
  readonly dir: string
  /** How each clone gets disks of its own, by their places in the config. */
  readonly disks: TemplateRecord['disks']
  /** The clones that run. */
  readonly vms: readonly string[]
}

/** A template that cannot be read. */
export interface BrokenTemplate extends Pick<Template, 'name' | 'dir'> {
  readonly fault: string
}

const readAtOnce = 16

/** The templates of a state directory, by name. @throws VmError VM_STATE when the directory cannot be read. */
export async function listTemplates(options: StateDirOptions = {}): Promise<(Template | BrokenTemplate)[]> {
  const stateDir = resolve(options.stateDir ?? defaultStateDir())
  const names = await namesIn(join(stateDir, templatesFolder))
  await Promise.all(remainsIn(names).map((name) => clearDead(stateDir, name)))
  const users = await clonesIn(stateDir)
  return mapLimited(whole(names), readAtOnce, async (name) => {
    const paths = templatePaths(stateDir, name)
    try {
      return describe(await readTemplate(stateDir, name), paths.dir, users.get(name) ?? [])
    } catch (error) {
      return { name, dir: paths.dir, fault: messageOf(error) }
    }
  })
}

export interface DeleteTemplateOptions extends StateDirOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Deletes a template, after those who clone it at the moment.
 * @throws VmError VM_TEMPLATE_NOT_FOUND; VM_TEMPLATE_IN_USE with the clones that run; ProcessError PROCESS_ABORTED, PROCESS_TIMEOUT after
 *   a minute (nothing was done in these); VM_STATE.
 */
export async function deleteTemplate(name: string, options: DeleteTemplateOptions = {}): Promise<void> {
  const stateDir = resolve(options.stateDir ?? defaultStateDir())
  const { dir } = templatePaths(stateDir, name)
  using _lock = await templateLock(stateDir, name, { signal: options.signal })
  await clearRemains(stateDir, name)
  const vms = (await clonesIn(stateDir)).get(name) ?? []
  if (vms.length > 0) {
    const what = `the template ${name} is in use by the clones ${vms.join(', ')}; end them first`
    throw new VmError('VM_TEMPLATE_IN_USE', what, { details: { template: name, vms } })
  }
  // In one step: what is left after a crash is no template any more.
  const gone = templatePaths(stateDir, name, makingEnding).dir
  await rename(dir, gone).catch(async (error: unknown) => {
    if (!isNoFile(error)) throw error
    await readTemplate(stateDir, name)
  })
  await rm(gone, { recursive: true, force: true })
}

/** Takes away what a process left that died while it made or deleted this template. Its lock is held. */
export async function clearRemains(stateDir: string, name: string): Promise<void> {
  await rm(templatePaths(stateDir, name, makingEnding).dir, { recursive: true, force: true })
}

export function describe(
  { config, createdAt, disks, name, qemu }: TemplateRecord,
  dir: string,
  vms: readonly string[],
): Template {
  const { machine = '', memoryMiB } = config
  return { name, createdAt, qemu, machine, memoryMiB, dir, disks, vms }
}

const whole = (names: readonly string[]) => names.filter((name) => !name.endsWith(makingEnding)).sort()
const remainsIn = (names: readonly string[]) =>
  names.filter((name) => name.endsWith(makingEnding)).map((name) => name.slice(0, -makingEnding.length))

/** Clears the remains of a template, unless somebody works on it. Never rejects. */
async function clearDead(stateDir: string, name: string): Promise<void> {
  try {
    using _lock = await templateLock(stateDir, name, { timeoutMs: 0 })
    await clearRemains(stateDir, name)
  } catch {
    // Somebody makes it, or it is not ours to clear.
  }
}

/** The records of the VMs of a state directory. */
export async function recordsIn(stateDir: string): Promise<VmRecord[]> {
  const found = await mapLimited(await listVms({ stateDir }), readAtOnce, ({ id }) =>
    new VmStore({ id, paths: vmPaths(stateDir, id) }).find(),
  )
  return found.filter((record) => record !== undefined)
}

/** The clones that run or are about to, by template. */
async function clonesIn(stateDir: string): Promise<Map<string, string[]>> {
  const clones = new Map<string, string[]>()
  for (const { id, template } of await recordsIn(stateDir)) {
    if (template === undefined) continue
    // In this order: what is launched in between runs then.
    const runs = (await isBeingLaunched(vmPaths(stateDir, id))) || (await inspectVm(id, { stateDir })).alive
    if (runs) clones.set(template, [...(clones.get(template) ?? []), id])
  }
  return clones
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (isNoFile(error)) return []
    throw new VmError('VM_STATE', `the templates in ${directory} cannot be read: ${messageOf(error)}`, {
      cause: error,
    })
  })
}
