import { describe, expect, test } from 'vitest'
import { parseVmConfig, renderArgv } from '../../src/vm/index.ts'
import { expectGolden } from '../support/golden.ts'
import { hotplugs, libvirtDisks, type PeerCase, proxmoxVms } from './peers/table.ts'

const tables = { 'libvirt, disks': libvirtDisks, 'Proxmox, VMs': proxmoxVms }
const base = { name: 'v', cpus: 1, memoryMiB: 64, kernel: { image: '/srv/vmlinuz' } }

const isNative = ([, part]: PeerCase) => typeof part !== 'string'

describe.each(Object.entries(tables))('what peers say natively: %s', (_name, table) => {
  test.each(table.filter(isNative).map(([what, part, ...words]) => ({ what, part, words })))('$what', ({ part, words }) => {
    if (typeof part === 'string') throw new Error('it is not native')
    const config = parseVmConfig({ ...base, ...part })
    expect([config.rawDevices, config.rawNetdevs, config.extraArgs].flat()).toEqual([])
    const argv = renderArgv(config).join(' ')
    for (const word of words) expect(argv).toContain(word)
  })
})

test('how many kinds of the peers have words of their own here, and which have none', () => {
  const lines = Object.entries(tables).flatMap(([name, table]) => [
    `${name}: ${table.filter(isNative).length} of ${table.length}`,
    ...table.flatMap((each) => (typeof each[1] === 'string' ? [`  without: ${each[0]} (${each[1]})`] : [])),
  ])
  const verbs = hotplugs.filter(([, verb]) => verb !== false)
  const missing = hotplugs.flatMap(([what, verb, why]) => (verb === false ? [`  without: ${what} (${why})`] : []))
  const text = [...lines, `libvirt, hot-plug: ${verbs.length} of ${hotplugs.length}`, ...missing]
  expectGolden('peers', 'counts.txt', `${text.join('\n')}\n`)
})
