import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openStream } from '../../../dist/qmp/index.js'
import type { Bench } from '../bench.ts'
import { type Goal, measure, type Row, type Variants } from '../rounds.ts'
import { compileFastPeer, nodeQemu, pythonQmp, type Server, startFastPeer, startQemu } from './peers.ts'
import type { Task } from './worker.ts'

const run = promisify(execFile)
const worker = fileURLToPath(new URL('worker.ts', import.meta.url))
const pythonWorker = fileURLToPath(new URL('python_client.py', import.meta.url))
const TASK_LIMIT_MS = 120_000
const EVENT =
  '{"timestamp": {"seconds": 1718000000, "microseconds": 123456}, "event": "BLOCK_JOB_COMPLETED", "data": {"device": "job-backup-0", "len": 10737418240, "offset": 10737418240, "speed": 0, "type": "backup"}}\r\n'

interface Setup extends AsyncDisposable {
  readonly directory: string
  readonly nodeQemu: string | undefined
  readonly python: string | undefined
  readonly fastPeer: string
}

async function inWorker(task: Task): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, ['--expose-gc', '--import', 'tsx', worker, JSON.stringify(task)], {
    timeout: TASK_LIMIT_MS,
  })
}

/** The rows of the QMP client, and what they share; disposing of it removes the files. */
export async function qmpRows(): Promise<{ rows: Bench[] } & AsyncDisposable> {
  const directory = mkdtempSync(join(tmpdir(), 'qmp-bench-'))
  let made: Promise<Setup> | undefined
  const setup = () => {
    made ??= prepare(directory)
    return made
  }
  const clients = (
    goal: Goal,
    kind: Task['kind'],
    where: 'qemu' | 'fast',
    counts: [number, number],
    rounds = 9,
  ) => ({
    name: goal.name,
    run: async (quick: boolean): Promise<Row> => {
      const shared = await setup()
      await using server = where === 'qemu' ? await startQemu(freshPath(directory)) : await fast(shared)
      const count = counts[quick ? 0 : 1]
      return await measure(goal, clientVariants(shared, kind, server.path, count), quick ? 2 : rounds)
    },
  })
  const framing = (what: 'mixed' | 'events' | 'schema') => {
    const goal = {
      name: `framing.${what}`,
      unit: 'MB/s',
      target: 0.95,
      bound: 'rate',
      note: 'node-qemu’s framing is not to be had apart from its client, so that is measured with it.',
    } as const
    return {
      name: goal.name,
      run: async (quick: boolean): Promise<Row> => {
        const shared = await setup()
        const least = quick ? 30e6 : 200e6
        await using server = await fast(shared, what, least)
        const file = statSync(join(directory, what)).size
        // The peer pours whole files.
        const bytes = Math.ceil(least / file) * file
        return await measure(goal, framingVariants(shared, server.path, bytes), quick ? 2 : 5)
      },
    }
  }
  const connections = (goal: Goal, memory: boolean) => ({
    name: goal.name,
    run: async (quick: boolean): Promise<Row> => {
      const shared = await setup()
      await using server = await fast(shared)
      return await measure(goal, connectionVariants(shared, server.path, memory), quick ? 2 : 9)
    },
  })
  const rows: Bench[] = [
    clients({ name: 'qmp.sequential', unit: 'us', target: 1.05 }, 'sequential', 'qemu', [1000, 2500]),
    clients({ name: 'qmp.pipelined', unit: 'us', target: 1.05 }, 'pipelined', 'qemu', [2000, 6000]),
    clients({ name: 'qmp.fast-peer-64', unit: 'us', target: 2 }, 'pipelined', 'fast', [50_000, 150_000]),
    clients({ name: 'qmp.schema', unit: 'ms', target: 1.05 }, 'schema', 'qemu', [10, 15]),
    framing('mixed'),
    framing('events'),
    framing('schema'),
    connections({ name: 'scale.connections-1000', unit: 'ms', target: 1.05 }, false),
    connections({ name: 'scale.connections-1000-memory', unit: 'KiB each', target: 1.1 }, true),
  ]
  return {
    rows,
    async [Symbol.asyncDispose]() {
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

let made = 0
const freshPath = (directory: string): string => join(directory, `s${++made}`)

async function prepare(directory: string): Promise<Setup> {
  const schema = await recordSchema(directory)
  writeFileSync(join(directory, 'schema.reply'), schema.trimEnd().replace(/, "id": 1\}$/, ''))
  const events = EVENT.repeat(Math.ceil(schema.length / EVENT.length))
  writeFileSync(join(directory, 'events'), events)
  writeFileSync(join(directory, 'schema'), schema)
  writeFileSync(join(directory, 'mixed'), events + schema)
  return {
    directory,
    nodeQemu: nodeQemu(),
    python: pythonQmp(),
    fastPeer: compileFastPeer(directory),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The reply to query-qmp-schema as QEMU writes it. */
async function recordSchema(directory: string): Promise<string> {
  await using server = await startQemu(freshPath(directory))
  const stream = await openStream(`unix:${server.path}`)
  stream.write('{"execute":"qmp_capabilities","id":0}\n{"execute":"query-qmp-schema","id":1}\n')
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    if (text.endsWith('"id": 1}\r\n')) break
  }
  return (
    text
      .split('\n')
      .find((line) => line.includes('"meta-type"'))
      ?.concat('\n') ?? ''
  )
}

function fast(
  shared: Setup,
  flood: 'mixed' | 'events' | 'schema' = 'events',
  floodBytes = 0,
): Promise<Server> {
  const { directory } = shared
  const files = { schema: join(directory, 'schema.reply'), flood: join(directory, flood), floodBytes }
  return startFastPeer(shared.fastPeer, freshPath(directory), files)
}

function clientVariants(shared: Setup, kind: Task['kind'], path: string, count: number): Variants {
  const result = async (task: Task) => Number((await inWorker(task)).stdout)
  const variants = new Map([
    ['floor', () => result({ kind, variant: 'floor', path, count })],
    ['ours', () => result({ kind, variant: 'ours', path, count })],
  ])
  const { nodeQemu: entry, python } = shared
  // It has one command in flight whatever is asked of it.
  const fewer = kind === 'pipelined' ? Math.ceil(count / 5) : count
  if (entry !== undefined) {
    variants.set('node-qemu', () =>
      result({ kind, variant: 'node-qemu', path, count: fewer, nodeQemu: entry }),
    )
  }
  if (python !== undefined) {
    variants.set('qemu.qmp', async () => {
      const words = [pythonWorker, kind, path, String(fewer)]
      const env = { ...process.env, PYTHONPATH: python, PYTHONDONTWRITEBYTECODE: '1' }
      return Number((await run('python3', words, { env, timeout: TASK_LIMIT_MS })).stdout)
    })
  }
  return variants
}

function framingVariants(shared: Setup, path: string, bytes: number): Variants {
  const { nodeQemu: entry } = shared
  const names = ['floor-string', 'floor-buffer', 'ours', ...(entry === undefined ? [] : ['node-qemu'])]
  return new Map(
    names.map((variant) => [
      variant,
      async () => {
        const task: Task = { kind: 'framing', variant, path, count: bytes, nodeQemu: entry }
        return Number((await inWorker(task)).stdout)
      },
    ]),
  )
}

function connectionVariants(shared: Setup, path: string, memory: boolean): Variants {
  const { nodeQemu: entry } = shared
  const names = ['floor', 'ours', ...(entry === undefined ? [] : ['node-qemu'])]
  return new Map(
    names.map((variant) => [
      variant,
      async () => {
        const task: Task = { kind: 'connections', variant, path, count: 1000, nodeQemu: entry }
        const { stdout, stderr } = await inWorker(task)
        return Number(memory ? stderr : stdout)
      },
    ]),
  )
}
