import { describe, expect, test } from 'vitest'
import { hintFor } from '../../../src/cli/hints.ts'
import { errorDocument, formatError, UsageError } from '../../../src/cli/outcome.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { type ErrorCode, type ErrorDetails, QemuLaunchError } from '../../../src/errors.ts'
import { ProcessError, VmError } from '../../../src/vm/index.ts'

const hint = (code: ErrorCode, message = '', details: ErrorDetails = { vm: 'web' }) =>
  hintFor(new QemuLaunchError(code, message, { details }))

const codes: readonly ErrorCode[] = [
  ...(['VM_NOT_FOUND', 'VM_NOT_RUNNING', 'VM_EXISTS', 'VM_LOCKED', 'VM_STATE', 'VM_TIMEOUT'] as const),
  ...(['VM_ABORTED', 'VM_UNSUPPORTED', 'VOLUME_EXISTS', 'VOLUME_NOT_FOUND', 'VOLUME_NO_PORT'] as const),
  ...(['VOLUME_BACKEND', 'VOLUME_ATTACH_FAILED', 'VOLUME_DETACH_FAILED', 'VOLUME_ABORTED'] as const),
  ...(['VOLUME_NOT_REMOVABLE', 'QMP_CONNECT', 'QMP_GREETING', 'QMP_TIMEOUT', 'QMP_CLOSED'] as const),
  'PROCESS_SPAWN',
]

describe('what to try', () => {
  test.each<[ErrorCode, string, ErrorDetails, string | undefined]>([
    ['VM_NOT_FOUND', 'there is no VM web', { vm: 'web' }, 'qemu-launch list'],
    ['VM_LAUNCH', '', { log: 'sh: 1: exec: qemu-x: not found' }, 'qemu-launch doctor'],
    ['VM_LAUNCH', '', { log: 'Could not access KVM kernel module' }, 'qemu-launch doctor'],
    ['VM_LAUNCH', '', { log: "Could not set up host forwarding rule 'tcp::22-:22'" }, 'another hostPort'],
    ['VM_LAUNCH', '', { log: "'nope' is not a valid device model name" }, undefined],
    ['VM_TIMEOUT', '', { vm: 'web', timeoutMs: 300 }, 'qemu-launch stop web --force'],
    ['VM_TIMEOUT', '', { vm: 'web' }, 'qemu-launch kill web'],
    ['VM_TIMEOUT', '', { vm: 'web', condition: { type: 'agent' } }, 'longer with --timeout-ms'],
    ['VM_TIMEOUT', '', { vm: 'web', left: false }, undefined],
    ['VM_TIMEOUT', '', { vm: 'web', template: 'web' }, 'longer with --timeout-ms'],
    ['VM_ABORTED', '', { vm: 'web', template: 'web' }, undefined],
    ['VM_ABORTED', '', { vm: 'web', leftovers: [] }, undefined],
    ['VM_ABORTED', '', { vm: 'web', left: false }, undefined],
    ['VM_UNSUPPORTED', 'has no channel for a guest agent', { vm: 'web' }, undefined],
    ['VM_UNSUPPORTED', '', { vm: 'web', binary: 'q', faults: [] }, 'name another QEMU'],
    ['VM_UNSUPPORTED', '', { vm: 'web', faults: [] }, 'leave it out of the config'],
    ['VM_STATE', '', {}, undefined],
    ['VM_STATE', '', { vm: 'web' }, 'qemu-launch status web'],
    ['VOLUME_NOT_FOUND', '', { vm: 'web', volume: 'a' }, 'qemu-launch status web'],
    ['VOLUME_NO_PORT', '', {}, 'hotplugPorts'],
    ['VOLUME_BACKEND', 'its server does not answer', {}, 'its server runs'],
    ['VOLUME_BACKEND', 'its server lets nobody write', { readOnly: true }, undefined],
    ['VOLUME_ATTACH_FAILED', '', { leftovers: [] }, 'everything was undone'],
    ['VOLUME_ATTACH_FAILED', '', { vm: 'web', leftovers: ['nbd-a'] }, 'qemu-launch status web'],
    ['VOLUME_DETACH_FAILED', '', { jobs: ['mirror'] }, 'still attached'],
    ['VOLUME_DETACH_FAILED', '', { step: 'device_del' }, 'still attached'],
    ['VOLUME_DETACH_FAILED', '', { step: 'blockdev-del' }, 'the guest has let go of it'],
    ['VOLUME_NOT_FOUND', '', {}, 'qemu-launch status <vm>'],
    ['VM_CONFIG', '', {}, undefined],
  ])('%s %s %j: %s', (code, message, details, said) => {
    if (said === undefined) expect(hint(code, message, details)).toBeUndefined()
    else expect(hint(code, message, details)).toContain(said)
  })

  test('of a program that is missing names the doctor, however deep the cause is', () => {
    const cause = new VmError('VM_LAUNCH', 'x', {
      cause: new ProcessError('PROCESS_SPAWN', 'spawn x ENOENT'),
    })
    expect(hintFor(new VmError('VM_LAUNCH', 'x', { cause }))).toContain('qemu-launch doctor')
  })

  test('names commands there are, and is one line', () => {
    const source = `${codes.map((code) => hint(code))}`
    const named = [...source.matchAll(/qemu-launch ([a-z]+)/g)].map(([, name]) => name)
    const { stdin, stdout, stderr } = process
    const known = buildProgram({ stdin, stdout, stderr }, () => {}).commands.map((command) => command.name())
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !known.includes(name ?? ''))).toEqual([])
    expect(source).not.toContain('\n')
  })

  test('is a line of its own, and details.hint of a document', () => {
    const error = new QemuLaunchError('VM_NOT_FOUND', 'there is no VM web', { details: { vm: 'web' } })
    expect(formatError(error, false)).toMatch(/^qemu-launch: there is no VM web\nTry: qemu-launch list .*$/)
    const { code, message, details } = JSON.parse(formatError(error, true))
    expect({ code, message, details }).toEqual({
      code: 'VM_NOT_FOUND',
      message: 'there is no VM web',
      details: { vm: 'web', hint: expect.stringContaining('qemu-launch list') },
    })
    expect(error.details).toEqual({ vm: 'web' })
    expect(errorDocument(new UsageError('x')).details).toEqual({})
  })
})
