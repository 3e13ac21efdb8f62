/** Where a number becomes a warning, and where it is critical. */
interface Alert {
  readonly name: string
  readonly of: string
  readonly expression: string
  readonly warning: number
  readonly critical?: number
  readonly forMinutes: number
  readonly summary: string
}

const openFiles = (what: string) => `qemu_launch_${what}_open_files / qemu_launch_${what}_open_files_limit`
const perSecond = (counter: string) => `sum without (kind) (rate(qemu_launch_volume_${counter}[5m]))`
const latency = (offset: string) => {
  const rate = (counter: string) => `sum without (kind) (rate(qemu_launch_volume_${counter}[1h]${offset}))`
  return `${rate('operation_seconds_total')} / ${rate('operations_total')}`
}

// QEMU keeps 16 requests under way on one NBD connection.
const connectionUse = `${perSecond('operation_seconds_total')} / 16`

/** The thresholds of production, as shares where a limit is meant. */
const alerts: readonly Alert[] = [
  ...(['vm', 'server'] as const).map((what) => ({
    name: `QemuLaunch${what === 'vm' ? 'Vm' : 'Server'}OpenFiles`,
    of: what,
    expression: openFiles(what),
    warning: 0.8,
    critical: 0.95,
    forMinutes: 5,
    summary: `the process of a ${what === 'vm' ? 'VM' : 'server'} is about to run out of file descriptors`,
  })),
  {
    name: 'QemuLaunchHostMemory',
    of: 'host',
    expression: '1 - qemu_launch_host_available_bytes / qemu_launch_host_memory_bytes',
    warning: 0.7,
    critical: 0.9,
    forMinutes: 5,
    summary: 'the host is about to run out of memory',
  },
  {
    name: 'QemuLaunchTimeWaitSockets',
    of: 'host',
    expression: 'qemu_launch_host_time_wait_sockets',
    warning: 10_000,
    critical: 50_000,
    forMinutes: 5,
    summary: 'TCP connections are made and ended all the time',
  },
  {
    name: 'QemuLaunchVolumeErrors',
    of: 'volume',
    expression: `${perSecond('failed_operations_total')} / (${perSecond('operations_total')} + ${perSecond('failed_operations_total')})`,
    warning: 0.01,
    critical: 0.05,
    forMinutes: 1,
    summary: 'operations of a volume fail',
  },
  {
    name: 'QemuLaunchVolumeConnection',
    of: 'volume',
    expression: connectionUse,
    warning: 0.5,
    critical: 0.9,
    forMinutes: 5,
    summary: 'a volume has nearly as many requests under way as one NBD connection takes',
  },
  {
    name: 'QemuLaunchVolumeLatency',
    of: 'volume',
    expression: `(${latency('')}) / (${latency(' offset 1d')})`,
    warning: 1.1,
    forMinutes: 30,
    summary: 'a volume takes over 10 % longer than a day before',
  },
  {
    name: 'QemuLaunchQmpLatency',
    of: 'vm',
    expression: 'qemu_launch_vm_qmp_seconds',
    warning: 0.5,
    critical: 2,
    forMinutes: 1,
    summary: 'QEMU is slow to answer',
  },
]

const down: readonly Pick<Alert, 'name' | 'of' | 'expression' | 'summary'>[] = [
  {
    name: 'QemuLaunchVmSilent',
    of: 'vm',
    expression: 'qemu_launch_vm_up == 0',
    summary: 'QEMU does not answer',
  },
  {
    name: 'QemuLaunchServerDown',
    of: 'server',
    expression: 'qemu_launch_server_up == 0',
    summary: 'the server of a volume does not run',
  },
]

/** A file of alerting rules for Prometheus, https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules. Pure. */
export function alertRules(): string {
  const rules = alerts.flatMap((alert) => {
    const { critical, warning } = alert
    const at = (severity: string, limit: number) =>
      rule(alert, `${alert.expression} > ${limit}`, severity, `${alert.forMinutes}m`)
    return [at('warning', warning), ...(critical === undefined ? [] : [at('critical', critical)])]
  })
  const silent = down.map((alert) => rule(alert, alert.expression, 'critical', '1m'))
  return ['groups:', '  - name: qemu-launch', '    rules:', ...rules.flat(), ...silent.flat(), ''].join('\n')
}

const subjects: Readonly<Record<string, string>> = {
  vm: '{{ $labels.vm }}: ',
  server: '{{ $labels.volume }} of {{ $labels.vm }}: ',
  volume: '{{ $labels.volume }} of {{ $labels.vm }}: ',
}

function rule(
  { name, of, summary }: Pick<Alert, 'name' | 'of' | 'summary'>,
  expression: string,
  severity: string,
  duration: string,
): string[] {
  return [
    `      - alert: ${name}`,
    `        expr: ${JSON.stringify(expression)}`,
    `        for: ${duration}`,
    `        labels: {severity: ${severity}}`,
    `        annotations: {summary: ${JSON.stringify(`${subjects[of] ?? ''}${summary}`)}}`,
  ]
}
