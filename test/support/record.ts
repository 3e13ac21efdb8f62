import { parseVmConfig } from '../../src/vm/config/config.ts'
import type { VmRecord } from '../../src/vm/record/state.ts'

/** The record of a VM with one disk and nothing else. */
export const plainRecord: VmRecord = {
  version: 2,
  id: 'vm',
  createdAt: '2026-01-01T00:00:00.000Z',
  config: parseVmConfig({
    name: 'vm',
    cpus: 1,
    memoryMiB: 128,
    drives: [{ id: 'd', source: { type: 'file', path: '/d' } }],
  }),
  argv: ['qemu'],
  vcpus: 1,
  ports: [],
  bootDisks: ['d'],
  attachments: [],
  backups: [],
  generations: 0,
  media: [],
  helpers: [],
  links: {},
  bootServers: [],
  logs: [],
}
