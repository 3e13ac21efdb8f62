import type { HostCheck, HostReport } from '../vm/index.ts'
import { plainLine } from './plain.ts'

const width = 100
const colours: Readonly<Record<HostCheck['status'], number>> = { ok: 32, warn: 33, fail: 31, unknown: 2 }

/** Always shown, also when they are right: no VM runs without them. */
const always: readonly string[] = ['QEMU', 'KVM', 'nbdkit']

/** A report on a host for people, on one screen: first what is found and what is wrong, then what to do. Pure. */
export function renderReport(report: HostReport, { colour }: { readonly colour: boolean }): string {
  const checks = report.checks.map(plainCheck)
  const plain = { ...report, checks }
  return [...table(plain, colour), '', ...toDo(plain)].join('\n')
}

/** The host's words, without control characters. */
function plainCheck(check: HostCheck): HostCheck {
  const entries = Object.entries(check).map(([key, value]) => [
    key,
    typeof value === 'string' ? plainLine(value) : value,
  ])
  return { ...check, ...Object.fromEntries(entries) }
}

function table({ host, vms, class: size, checks: all }: HostReport, colour: boolean): string[] {
  const checks = all.filter(({ name, status }) => status !== 'ok' || always.includes(name))
  const { hypervisor = 'none' } = host
  const memory = host.memoryMiB === undefined ? '' : `, ${host.memoryMiB} MiB`
  const guest = hypervisor === 'none' ? '' : `, itself a guest (${plainLine(hypervisor)})`
  const nameWidth = Math.max(...checks.map(({ name }) => name.length))
  const foundWidth = Math.max(...checks.map(({ found }) => found.length))
  const paint = (status: HostCheck['status']) => {
    const word = status.padEnd(7)
    return colour ? `\x1b[${colours[status]}m${word}\x1b[0m` : word
  }
  return [
    `Linux ${host.kernel} on ${host.arch}, ${counted(host.cpus, 'CPU')}${memory}${guest}`,
    '',
    `STATUS  ${'CHECK'.padEnd(nameWidth)}  ${'FOUND'.padEnd(foundWidth)}  WANTED FOR ${counted(vms, 'VM')} (${size})`,
    ...checks.map(
      ({ status, name, found, wanted }) =>
        `${paint(status)} ${name.padEnd(nameWidth)}  ${found.padEnd(foundWidth)}  ${wanted}`,
    ),
    ...(all.length === checks.length
      ? []
      : [`${all.length - checks.length} more are as they should be (--json lists them)`]),
  ]
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** What to do; all settings of the kernel are one item. */
function toDo({ checks, vms, ready }: HostReport): string[] {
  const lacking = checks.filter(({ status }) => status === 'fail' || status === 'warn')
  const verdict = ready ? 'VMs can run here.' : 'VMs cannot run here.'
  if (lacking.length === 0) return [`${verdict} Nothing is to be done.`]
  const tuned = lacking.filter(isTuned)
  return [
    `${verdict} To be done:`,
    ...lacking.filter((check) => !isTuned(check)).flatMap(single),
    ...(tuned.length === 0
      ? []
      : [
          ...item(`kernel settings (--json says why): ${tuned.map(({ name }) => name).join(', ')}`),
          `    qemu-launch doctor --vms ${vms} --print-sysctl | sudo tee /etc/sysctl.d/99-qemu-launch.conf`,
          '    sudo sysctl --system',
        ]),
  ]
}

/** Whether `--print-sysctl` prints a better value for it. */
function isTuned({ name, fix }: HostCheck): boolean {
  return fix?.kind === 'sysctl' && fix.text.startsWith(`${name} = `)
}

function single({ name, why, fix }: HostCheck): string[] {
  const lines = item(`${name}: ${why}`)
  switch (fix?.kind) {
    case undefined:
      return lines
    case 'command':
      return [...lines, `    ${fix.text}`]
    case 'sysctl':
      return [...lines, `    in a file of /etc/sysctl.d: ${fix.text}`]
    case 'advice':
      return [...lines, ...wrap(fix.text, width - 4).map((line) => `    ${line}`)]
  }
}

function item(text: string): string[] {
  return wrap(text, width - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`)
}

function wrap(text: string, columns: number): string[] {
  return text.split(/\s+/).reduce<string[]>((lines, word) => {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) lines.splice(-1, 1, `${last} ${word}`)
    else lines.push(word)
    return lines
  }, [])
}
