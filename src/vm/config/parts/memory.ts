import type { Fault } from '../../../errors.ts'
import { should, show, strict, z } from '../../../util/schema.ts'
import { keyval, type Pair } from '../keyval.ts'
import { virtioMem, type Words } from './words.ts'

const list = should('be a list of numbers and ranges, such as 0-3,8')
/** CPUs or nodes, such as `0-3,8`. */
export const numberList = z
  .string({ error: list })
  .regex(/^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/, { error: list })
const maxMiB = 2 ** 32

const numaNode = strict({
  cpus: numberList.optional().describe('The vCPUs of this node, such as 0-3,8'),
  memoryMiB: z.int().min(1),
  hostNodes: numberList.optional().describe("The host's nodes that the memory comes from"),
  policy: z
    .enum(['default', 'preferred', 'bind', 'interleave'])
    .optional()
    .describe('How the memory is spread over hostNodes; bind when these are given'),
})

/** How the memory of a VM is made. */
export const memorySchema = strict({
  hugePages: z
    .union([z.boolean(), z.enum(['2M', '1G'])], { error: should('be true, false, 2M or 1G') })
    .optional()
    .describe("Takes the memory from the host's huge pages; true means their default size"),
  shared: z
    .boolean()
    .optional()
    .describe('Other processes may map the memory; virtiofs and vhost-user need that'),
  prealloc: z.boolean().optional().describe('Takes all of the memory at the start'),
  maxMiB: z
    .int()
    .min(1)
    .max(maxMiB)
    .optional()
    .describe('The most memory that the VM can have while it runs, in MiB'),
  balloon: z
    .union(
      [
        z.boolean(),
        strict({
          freePageReporting: z.boolean().default(true),
          deflateOnOom: z.boolean().default(true),
        }),
      ],
      { error: should('be true, false or {"freePageReporting": …, "deflateOnOom": …}') },
    )
    .optional()
    .describe('Gives memory that the guest does not use back to the host'),
  numa: z.array(numaNode).min(1).max(128).optional(),
})

export type Memory = z.output<typeof memorySchema>

/** A file that holds the whole memory of a VM. */
export interface MemoryFile {
  readonly path: string
  /** The name of the memory, by which a state is loaded into it. */
  readonly id: string
  /**
   * `written`: what the guest writes goes to the file. `private`: the file is read, and what the guest writes stays with its
   * VM. `read-only`: as `private`, and QEMU cannot write the file even by mistake, which takes QEMU 8.2.
   */
  readonly mode: 'written' | 'private' | 'read-only'
}

/** Modules that memory added later can go to. */
const hotplugSlots = 16

const backend = (index: number) => `ram${index}`

/** Whether the memory has an object of its own, and is not left to the machine. */
function hasBackend({ hugePages, numa, prealloc, shared }: Memory): boolean {
  return [hugePages, prealloc, shared].some((key) => key !== undefined && key !== false) || numa !== undefined
}

/** The value of `-m`. */
export function memorySize(memoryMiB: number, { maxMiB }: Memory): string {
  return keyval(String(memoryMiB), [
    ['slots', maxMiB === undefined ? undefined : hotplugSlots],
    ['maxmem', maxMiB === undefined ? undefined : `${maxMiB}M`],
  ])
}

/** The words of a memory in a file. */
export function memoryFileWords(memoryMiB: number, { id, mode, path }: MemoryFile): Words {
  const object = keyval('memory-backend-file', [
    ['id', id],
    ['size', `${memoryMiB}M`],
    ['mem-path', path],
    ['share', mode === 'written'],
    ...(mode === 'read-only'
      ? ([
          ['readonly', true],
          ['rom', false],
        ] as const)
      : []),
  ])
  return { objects: [object], machine: [['memory-backend', id]] }
}

/** The words of the memory, beside its size. */
export function memoryWords(memoryMiB: number, memory: Memory): Words {
  const { balloon, numa } = memory
  const hasBalloon = balloon !== undefined && balloon !== false
  const { freePageReporting, deflateOnOom } =
    typeof balloon === 'object' ? balloon : { freePageReporting: true, deflateOnOom: true }
  const whole = hasBackend(memory) && numa === undefined
  const addable = memory.maxMiB === undefined ? 0 : memory.maxMiB - memoryMiB
  return {
    objects: [
      ...(whole ? [backendObject(0, memoryMiB, memory)] : []),
      ...(numa ?? []).map((node, index) => backendObject(index, node.memoryMiB, memory, node)),
      ...(addable > 0 ? [addableObject(addable, memory)] : []),
    ],
    machine: whole ? [['memory-backend', backend(0)]] : [],
    devices: [
      ...(hasBalloon
        ? [
            keyval('virtio-balloon-pci', [
              ['id', 'balloon0'],
              ['free-page-reporting', freePageReporting],
              ['deflate-on-oom', deflateOnOom],
            ]),
          ]
        : []),
      ...(addable > 0
        ? [
            keyval('virtio-mem-pci', [
              ['id', virtioMem],
              ['memdev', virtioMem],
              ['requested-size', 0],
            ]),
          ]
        : []),
    ],
    options: (numa ?? []).flatMap(({ cpus }, index) => [
      '-numa',
      keyval('node', [
        ['nodeid', index],
        ...(cpus?.split(',') ?? []).map((range): Pair => ['cpus', range]),
        ['memdev', backend(index)],
      ]),
    ]),
    slots: (hasBalloon ? 1 : 0) + (addable > 0 ? 1 : 0),
  }
}

/** What virtio-mem takes from: of the kind of the other memory, and not promised by the host before it is asked for. */
function addableObject(sizeMiB: number, { hugePages, shared }: Memory): string {
  const isFile = hugePages !== undefined && hugePages !== false
  const kind = isFile || shared === true ? 'memory-backend-memfd' : 'memory-backend-ram'
  return keyval(kind, [
    ['id', virtioMem],
    ['size', `${sizeMiB}M`],
    ['share', kind === 'memory-backend-memfd' ? shared === true : undefined],
    ['hugetlb', isFile ? true : undefined],
    ['hugetlbsize', typeof hugePages === 'string' ? hugePages : undefined],
    ['reserve', false],
  ])
}

function backendObject(
  index: number,
  sizeMiB: number,
  { hugePages, prealloc, shared }: Memory,
  node: Partial<z.output<typeof numaNode>> = {},
): string {
  const isFile = hugePages !== undefined && hugePages !== false
  const { hostNodes, policy = hostNodes === undefined ? undefined : 'bind' } = node
  const kind = isFile || shared === true ? 'memory-backend-memfd' : 'memory-backend-ram'
  return keyval(kind, [
    ['id', backend(index)],
    ['size', `${sizeMiB}M`],
    // Of a memfd the default is on, of anonymous memory off.
    ['share', kind === 'memory-backend-memfd' ? shared === true : undefined],
    ['hugetlb', isFile ? true : undefined],
    ['hugetlbsize', typeof hugePages === 'string' ? hugePages : undefined],
    ['prealloc', prealloc],
    ...(hostNodes?.split(',') ?? []).map((range): Pair => ['host-nodes', range]),
    ['policy', policy],
  ])
}

/** What is wrong between the keys of the memory, and with the rest of the config. */
export function memoryFaults(
  memory: Memory,
  memoryMiB: number | undefined,
  vcpus: number | undefined,
): Fault[] {
  const faults: Fault[] = []
  const { maxMiB, numa, hugePages } = memory
  if (maxMiB !== undefined && memoryMiB !== undefined && maxMiB <= memoryMiB) {
    const message = `${maxMiB} is not more than memoryMiB ${memoryMiB}: should be more, or left out`
    faults.push({ path: 'memory.maxMiB', message, value: maxMiB })
  }
  if (maxMiB !== undefined && memoryMiB !== undefined && (maxMiB - memoryMiB) % 2 !== 0) {
    const message = `${maxMiB} should be memoryMiB and a multiple of 2: memory is added in pieces of 2 MiB`
    faults.push({ path: 'memory.maxMiB', message, value: maxMiB })
  }
  const page = hugePages === '1G' ? 1024 : hugePages === '2M' || hugePages === true ? 2 : 1
  for (const [path, size] of [
    ['memoryMiB', memoryMiB] as const,
    ...(numa ?? []).map((node, index) => [`memory.numa[${index}].memoryMiB`, node.memoryMiB] as const),
  ]) {
    if (size === undefined || size % page === 0) continue
    faults.push({ path, message: `${size} is no multiple of the huge page of ${page} MiB`, value: size })
  }
  if (numa === undefined) return faults
  const sum = numa.reduce((all, node) => all + node.memoryMiB, 0)
  if (memoryMiB !== undefined && sum !== memoryMiB) {
    faults.push({
      path: 'memory.numa',
      message: `the nodes have ${sum} MiB in all: should be memoryMiB, ${memoryMiB}`,
    })
  }
  const seen = new Map<number, number>()
  for (const [index, { cpus, policy, hostNodes }] of numa.entries()) {
    const path = `memory.numa[${index}]`
    if (policy !== undefined && policy !== 'default' && hostNodes === undefined) {
      const message = `${show(policy)} needs hostNodes: should have them, or be left out`
      faults.push({ path: `${path}.policy`, message, value: policy })
    }
    for (const cpu of numbersOf(cpus)) {
      const before = seen.get(cpu)
      const path = `memory.numa[${index}].cpus`
      if (before !== undefined)
        faults.push({
          path,
          message: `vCPU ${cpu} is in memory.numa[${before}] too: should be in one node`,
          value: cpus,
        })
      else if (vcpus !== undefined && cpu >= vcpus)
        faults.push({ path, message: `vCPU ${cpu} is not there: should be 0 to ${vcpus - 1}`, value: cpus })
      seen.set(cpu, before ?? index)
    }
  }
  return faults
}

/** The numbers of a list such as `0-3,8`. */
export function numbersOf(text = ''): number[] {
  return text.split(',').flatMap((range) => {
    if (range === '') return []
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => first + index)
  })
}
