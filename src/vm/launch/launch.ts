import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  type Child,
  ProcessError,
  readTail,
  signalProcess,
  spawnProcess,
  untilGone,
} from '../../process/index.ts'
import { checkTimeout, QmpClient } from '../../qmp/index.ts'
import { settledWithin, within } from '../../util/deadline.ts'
import { inSpan, inThisSpan } from '../../util/spans.ts'
import { UndoStack } from '../../util/undo-stack.ts'
import { type HiveConfigInput, parseConfigDocument } from '../config/hive.ts'
import type { VmConfig, VmConfigInput } from '../config/schema.ts'
import { openedCaches } from '../disks/volume-cache.ts'
import { beginHistograms } from '../disks/volume-limits.ts'
import { messageOf, VmError, VmLaunchError } from '../errors.ts'
import { ConsoleRelay } from '../life/console.ts'
import { processOf, qemuByPidFile } from '../life/find-qemu.ts'
import { forwardsOf } from '../life/forwards.ts'
import { inspectVm, vmExists } from '../life/inspect.ts'
import { clearForRestart, takeOver } from '../life/leftovers.ts'
import { FirstQuestions } from '../life/opening.ts'
import { Vm } from '../life/roles.ts'
import { withLog } from '../life/vm-console.ts'
import { dropEmptyLog, openConsoleLog } from '../logs/log-files.ts'
import { chooseAccelerator } from '../qemu/accelerator.ts'
import { asItRan } from '../record/media.ts'
import { launchLock, ownerLock } from '../record/ownership.ts'
import { defaultStateDir, makeStateDir, vmPaths } from '../record/paths.ts'
import { VmStore } from '../record/vm-store.ts'
import { askHost } from './ask-host.ts'
import { helpersOf, startHelpers } from './helpers.ts'
import { hasDownLinks, takeLinksDown } from './links.ts'
import { checkListenPaths } from './listen-paths.ts'
import { makeCaches } from './local-caches.ts'
import { loadState, type Origin } from './origin.ts'
import { gatherOwnFiles, writeOwnFiles } from './own-files.ts'
import { pinThreads } from './pin.ts'
import { adjustOomScore, checkPlacement, endsWithParent, placedCommand } from './placement.ts'
import { planLaunch, type Restart } from './plan.ts'
import { removeSecrets, writeSecrets } from './secrets.ts'
import { serversKept, settleServers, startServers } from './volume-servers.ts'

export interface LaunchOptions {
  /** Holds one directory per VM; `defaultStateDir()` unless given. */
  readonly stateDir?: string | undefined
  /** How long QEMU may take to answer its first command; 30 s unless given. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Start with the vCPUs stopped; `vm.resume()` lets the guest begin. */
  readonly paused?: boolean | undefined
  /** What the caller should know and nothing failed for: KVM that does not work, for instance. */
  readonly onWarning?: ((text: string) => void) | undefined
}

const readyTimeoutMs = 30_000
const exitTimeoutMs = 2_000

/**
 * Starts a VM and resolves when QEMU has answered a command, which is after all its devices exist. It runs on when this process
 * ends. Takes a native config or Hive's; what was read from a file goes through `parseVmConfig` or `fromHiveConfig`.
 * @throws Before anything is started: VmConfigError; VmError VM_EXISTS, VM_LOCKED, VM_STATE, VM_UNSUPPORTED, VM_ABORTED;
 *   ProcessError PROCESS_UNKNOWN (the system does not tell whether a VM of this name lives). Later: VmLaunchError VM_LAUNCH, or
 *   VM_ABORTED on abort, with the command line, the exit status and QEMU's last lines. Nothing of the VM is left then.
 */
export async function launchVm(
  config: VmConfigInput | VmConfig | HiveConfigInput,
  options: LaunchOptions = {},
): Promise<Vm> {
  return launchWith(parseConfigDocument(config), options)
}

/** A VM that is launched again after a crash, for which the servers of its volumes outlive that. */
export interface Supervised {
  readonly restart?: Restart | undefined
}

/**
 * As `launchVm`. In a restart after a crash the VM is paused while volumes are queued, which the record tells from before QEMU starts;
 * the data volumes of the config are only there when they are to stay. A failure leaves the record as it was, the servers of what
 * is queued, and the variables of UEFI. With an origin the memory is in a file, and a clone is paused when its state is loaded.
 */
export function launchWith(
  given: VmConfig,
  options: LaunchOptions,
  supervised?: Supervised,
  origin?: Origin,
): Promise<Vm> {
  return inSpan('launch', { vm: given.name }, () => launchNow(given, options, supervised, origin))
}

async function launchNow(
  given: VmConfig,
  options: LaunchOptions,
  supervised: Supervised | undefined,
  origin: Origin | undefined,
): Promise<Vm> {
  const restart = supervised?.restart
  checkTimeout(options.timeoutMs)
  const config = settleServers(asItRan(given, restart?.crashed))
  const stateDir = resolve(options.stateDir ?? defaultStateDir())
  const paths = vmPaths(stateDir, config.name)
  const { accelerator, warning } = await chooseAccelerator(config, options.signal)
  if (warning !== undefined) options.onWarning?.(warning)
  await checkPlacement(config)
  makeStateDir(stateDir)
  using _lock = await launchLock(paths, config.name, options.signal)
  const found = await inSpan('look for a predecessor', {}, () => inspectVm(config.name, { stateDir }))
  if (found.alive) throw vmExists(found.id, found.pid)
  const request = { stateDir, paths, restart, origin, paused: options.paused }
  const { answers, warnings } = await inSpan('ask host', {}, () =>
    askHost(config, request, { accelerator, found, signal: options.signal }),
  )
  const plan = planLaunch(config, request, answers)
  const { argv, isHeld, served, vm } = plan
  const needed = await helpersOf(vm, paths)
  await checkListenPaths(config)
  const leaving = restart === undefined ? paths.efiVars : undefined
  const ownFiles = await gatherOwnFiles(vm, config.cloudInit, leaving)
  for (const text of [...warnings, ...plan.warnings]) options.onWarning?.(text)
  const ownership =
    found.state === 'absent'
      ? await ownerLock(paths, vm.name)
      : await takeOver(paths, vm.name, restart && serversKept(restart.queued, served))
  const undo = new UndoStack()
  undo.push('the ownership', async () => ownership[Symbol.dispose]())
  let child: Child | undefined
  try {
    return await start()
  } catch (error) {
    // What broke is seen a moment before the end of the process that caused it, and before its last words.
    const isGivenUp = error instanceof VmError
    const exit = child && (await settledWithin(child.exited, isGivenUp ? 0 : exitTimeoutMs))
    const log = await readTail(paths.log)
    const failures = await undo.run()
    const leftovers = failures.map(({ what, error }) => `${what} (${messageOf(error)})`)
    const code = options.signal?.aborted ? 'VM_ABORTED' : 'VM_LAUNCH'
    throw new VmLaunchError({ vm: vm.name, argv, exit, log, leftovers }, error, code)
  }

  async function start(): Promise<Vm> {
    mkdirSync(paths.dir, { mode: 0o700, recursive: restart !== undefined })
    const store = new VmStore({ id: vm.name, paths })
    undo.push('the directory', async () => {
      if (restart === undefined) return rm(paths.dir, { recursive: true, force: true })
      await clearForRestart(paths)
      await store.create(restart.crashed)
    })
    const { record } = plan
    const { consoleLog = paths.consoleLog, serial = paths.serial } = record
    await openConsoleLog(paths, consoleLog)
    undo.push('the log', () => dropEmptyLog(paths))
    // First of all: what has a record is cleared away by the next process that finds it.
    await (restart === undefined ? store.begin(record) : store.create(record))
    const { onWarning, signal } = options
    const { user } = vm.process
    const servers = await inSpan('start servers', {}, () =>
      startServers(served, { onWarning, paths, store, undo, user, signal }),
    )
    await makeCaches(vm, { signal, undo })
    await writeOwnFiles(ownFiles, paths.seed, vm.seedFormat)
    await origin?.prepare?.(paths)
    await writeSecrets(config, vm)
    const helpers = await startHelpers(needed, paths, { signal: options.signal, undo })
    if (helpers.length > 0)
      await store.set({ helpers: helpers.map(({ name, pid, startTime }) => ({ name, pid, startTime })) })
    const bound = origin?.isBound === true ? [...endsWithParent, ...argv] : argv
    const [command = '', ...args] = placedCommand(bound, vm, process.getuid?.())
    const inherited = origin?.state?.fd === undefined ? [] : [origin.state.fd]
    child = await inSpan('start QEMU', {}, () =>
      spawnProcess({ command, args, logFile: paths.log, socketPairs: 1, inherited }),
    )
    const { pid, startTime, exited, kill, unref } = child
    const givenUp = new AbortController()
    let opening: Promise<Vm> | undefined
    // It may be about to change the record; without QEMU it comes to an end.
    undo.push('the opening', async () => {
      await opening?.catch(() => {})
    })
    undo.push('QEMU', async () => {
      kill('SIGKILL')
      await exited
      // A script that starts QEMU does not take it along.
      const started = await processOf(paths, record)
      if (started === undefined) return
      await signalProcess(started, 'SIGKILL')
      await untilGone(started, AbortSignal.timeout(exitTimeoutMs))
    })
    await adjustOomScore(pid, vm.process)
    const isSupervised = supervised !== undefined
    const consoleFiles = { serial, consoleLog }
    const direct = { process: { pid, startTime }, child }
    const { heldBack } = record
    const parts = { id: vm.name, paths, ownership, isSupervised, heldBack, helpers, consoleFiles }
    // Others may have attached a volume already.
    await store.set({ process: direct.process })
    // A `binary` may be a script that does not become QEMU.
    const findQemu = async () => {
      const qemu = await qemuByPidFile(paths, vm.pidFile, pid)
      if (qemu === undefined) return direct
      unref()
      await store.set({ process: qemu })
      return { process: qemu }
    }
    const made = await answered(child, vm.name, options, (qmp, asked) => {
      // The greeting comes before the devices exist, this after: it ends with QEMU when something else fails.
      const relay = ConsoleRelay.open(serial, paths.console)
      undo.push('the console', async () => (await relay.catch(() => undefined))?.[Symbol.asyncDispose]())
      const onMachine = async (machine: string) =>
        store.set({ machine, forwards: await forwardsOf(qmp, vm.nics, readyTimeoutMs) })
      const loaded = origin?.state && loadState(qmp, origin.state, givenUp.signal)
      opening = Promise.all([findQemu(), loaded]).then(([qemu]) => {
        if (loaded !== undefined) asked?.moved()
        const console = withLog(relay, { id: vm.name, paths, qemu: qemu.process, logs: record.logs })
        return Vm.open({ ...parts, ...qemu, qmp }, { asked, console, onMachine, givenUp: givenUp.signal })
      })
      return opening
    }).catch((error: unknown) => {
      givenUp.abort()
      throw error
    })
    await openedCaches(made.ledger)
    await beginHistograms(
      made.qmp,
      vm.dataVolumes.map((spec) => ({ spec })),
    )
    for (const [id, server] of servers) await made.servers.hold({ id }, server)
    await removeSecrets(vm)
    await takeLinksDown(made, vm)
    const memoryMiB = restart?.crashed.memoryMiB
    if (memoryMiB !== undefined) await made.memory.set(memoryMiB, { waitMs: 0 })
    await pinThreads(made, vm.parts.pinning)
    if (!isHeld && hasDownLinks(vm)) await made.resume()
    await made.volumes.noteSingleClients()
    undo.keep()
    return made
  }
}

/** What `open` makes of the monitor, unless the process ends or the time is up before that. */
function answered(
  child: Child,
  id: string,
  options: LaunchOptions,
  open: (qmp: QmpClient, asked: FirstQuestions | undefined) => Promise<Vm>,
): Promise<Vm> {
  return inSpan('wait for QEMU', {}, () => openedInTime(child, id, options, open))
}

async function openedInTime(
  child: Child,
  id: string,
  { signal, timeoutMs = readyTimeoutMs }: LaunchOptions,
  open: (qmp: QmpClient, asked: FirstQuestions | undefined) => Promise<Vm>,
): Promise<Vm> {
  const [socket] = child.sockets
  if (socket === undefined) throw new ProcessError('PROCESS_SPAWN', 'QEMU has no monitor')
  // The limit is that of all below. A QEMU that is given up ends, and the connection with it.
  const limits = { signal, greetingTimeoutMs: Number.POSITIVE_INFINITY, oob: true }
  let asked: FirstQuestions | undefined
  const ask = inThisSpan((qmp: QmpClient) => {
    asked = new FirstQuestions(qmp)
  })
  const opened = QmpClient.connectAsking(socket, limits, ask).then((qmp) => open(qmp, asked))
  const ended = child.exited.then((): never => {
    throw new ProcessError('PROCESS_EXITED', 'QEMU ended before it answered')
  })
  ended.catch(() => {})
  return within(
    Promise.race([opened, ended]),
    { signal, timeoutMs },
    {
      onTimeout: () =>
        new VmError('VM_TIMEOUT', `QEMU did not answer within ${timeoutMs} ms`, { details: { vm: id } }),
      onAbort: (reason) => new VmError('VM_ABORTED', `the launch of VM ${id} was aborted`, { cause: reason }),
    },
  )
}
