import { describe, test } from 'vitest'
import { renderReport } from '../../src/cli/host-report.ts'
import type { HostFacts } from '../../src/vm/doctor/facts.ts'
import { judge } from '../../src/vm/doctor/judge.ts'
import { renderSysctlFile } from '../../src/vm/doctor/sysctl.ts'
import { sizeFor } from '../../src/vm/doctor/tuning.ts'
import { expectGolden } from '../support/golden.ts'
import { plainHost, poorHost, silentHost } from '../support/host-facts.ts'

function reportOn(facts: HostFacts, vms: number): string {
  const checks = judge(facts, vms)
  const { arch, kernel, cpus, hypervisor, memory } = facts
  const ready = checks.every(({ status }) => status !== 'fail')
  const host = { arch, kernel, cpus, memoryMiB: memory?.totalMiB, hypervisor }
  return `${renderReport({ host, vms, class: sizeFor(vms).size, ready, checks }, { colour: false })}\n`
}

describe.each([1, 32, 128, 300])('a plain host for %d VMs', (vms) => {
  test('report', () => expectGolden('doctor', `plain-${vms}.txt`, reportOn(plainHost, vms)))

  test('kernel settings', () => {
    expectGolden('doctor', `plain-${vms}.conf`, `${renderSysctlFile(plainHost.sysctls, sizeFor(vms))}\n`)
  })
})

test('report on a host that lacks everything', () => {
  expectGolden('doctor', 'poor-1.txt', reportOn(poorHost, 1))
})

test('report on a host that says nothing', () => {
  expectGolden('doctor', 'silent-1.txt', reportOn(silentHost, 1))
})
