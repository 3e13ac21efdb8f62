import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { runCli } from '../../../src/cli/program.ts'

/** Runs a command line whose input is at its end, or this text. */
async function cli(words: readonly string[], input = '') {
  const stdin = new PassThrough()
  stdin.end(input)
  const stdout = new PassThrough({ encoding: 'utf8' })
  const stderr = new PassThrough({ encoding: 'utf8' })
  const code = await runCli(words, { stdin, stdout, stderr })
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
}

const config = { name: 'vm-1', cpu: 'host', cpus: 2, memoryMiB: 4096, kernel: { image: '/k' } }
const volume = { id: 'vol-a', uri: 'nbd:unix:/run/a.sock', bus: 'hotplug2' }

describe('bad usage ends with 2 and says', () => {
  test.each([
    [[], 'name a config to run, or a command'],
    [['lst'], 'did you mean list?'],
    [['stauts', 'vm-1'], 'did you mean status?'],
    [['zebra'], 'there is no command zebra, and no config file of that name; qemu-launch --help'],
    [['no-such.json'], 'no-such.json cannot be read: there is no such file'],
    [['run'], "missing required argument 'config'\nUsage: qemu-launch run"],
    [['list', '--nope'], "unknown option '--nope'\nUsage: qemu-launch list"],
    [['status'], "missing required argument 'vm'"],
    [['status', 'a', 'b'], 'too many arguments'],
    [['--state-dir'], "option '--state-dir <dir>' argument missing"],
    [['render', '-', '--format', 'xml'], 'Allowed choices are shell, lines, json'],
    [['plan', 'atach', '-'], "'atach' is not one of attach, detach"],
    [['plan', 'attach', '-', '--preset', 'fast'], 'Allowed choices are safe, hive'],
    [['schema', 'vm'], "'vm' is not one of config, volume, qmp"],
    [['stop', 'a', '--timeout-ms', '1s'], 'a number of milliseconds'],
    [['qmp', 'a', 'query-status', '[]'], 'the arguments should be a JSON object, not []'],
    [['attach', 'a', 'nbd://host'], 'say --id'],
    [['plan', 'detach', 'a b'], '"a b" should be an id'],
  ])('%j: %s', async (words, said) => {
    const { code, out, err } = await cli(words)
    expect(err).toContain(said)
    expect(err).not.toMatch(/^ +at /m)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  test('every fault of a config at once', async () => {
    const { code, err } = await cli(['render', '-'], '{"name": "a b", "memory": 1}')
    expect(code).toBe(2)
    for (const said of ['name: ', 'cpus: ', 'memoryMiB: ', 'memory: is not a known key: did you mean'])
      expect(err).toContain(said)
  })

  test('that the input is no JSON', async () => {
    expect(await cli(['-'], '')).toMatchObject({ code: 2, err: expect.stringContaining('it is empty') })
    expect(await cli(['plan', 'attach', '-'], '{')).toMatchObject({ code: 2 })
  })

  test.each([
    [['--json', 'lst'], 'USAGE'],
    [['render', '-', '--json'], 'VM_CONFIG'],
    [['plan', '--json', 'attach', '-'], 'VOLUME_SPEC'],
  ])('as a document: %j', async (words, code) => {
    const { err, out } = await cli(words, '{}')
    expect(out).toBe('')
    expect(JSON.parse(err)).toEqual({ code, message: expect.any(String), details: expect.any(Object) })
  })
})

describe('render', () => {
  const line = 'qemu-system-x86_64 -enable-kvm -cpu host -smp 2 -m 4096 -M q35 -kernel /k'
  const list = `${JSON.stringify(line.split(' '))}\n`

  test.each([
    [[], `${line}\n`],
    [['--format', 'shell'], `${line}\n`],
    [['--format', 'lines'], `${line.replaceAll(' ', '\n')}\n`],
    [['--format', 'json'], list],
    [['--json'], list],
  ])('%j', async (options, out) => {
    expect(await cli(['render', '-', ...options], JSON.stringify(config))).toEqual({ code: 0, out, err: '' })
  })
})

describe('plan', () => {
  const add = '{"execute":"object-add","arguments":{"qom-type":"iothread","id":"ioth-vol-a"}}'

  test('attach prints a command a line, and with --json a list', async () => {
    const { code, out } = await cli(['plan', 'attach', '-', '--preset', 'hive'], JSON.stringify(volume))
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toBe(add)
    expect(lines).toHaveLength(3)
    const { out: list } = await cli(
      ['--json', 'plan', 'attach', '-', '--preset', 'hive'],
      JSON.stringify(volume),
    )
    expect(JSON.parse(list)).toEqual(lines.map((line) => JSON.parse(line)))
  })

  test('detach needs an id and nothing else', async () => {
    const { code, out } = await cli(['plan', 'detach', 'vol-a'])
    expect({ code, out }).toEqual({
      code: 0,
      out: [
        '{"execute":"device_del","arguments":{"id":"vdisk-vol-a"}}',
        '{"execute":"blockdev-del","arguments":{"node-name":"nbd-vol-a"}}',
        '{"execute":"object-del","arguments":{"id":"ioth-vol-a"}}',
        '',
      ].join('\n'),
    })
  })
})

test.each(['config', 'volume'])('schema %s is JSON', async (what) => {
  const { code, out } = await cli(['schema', what])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ title: expect.any(String) })
})

test('what is not the name of a VM is not there', async () => {
  for (const id of ['..', '.', '', 'a/b'])
    for (const command of ['status', 'stop', 'kill', 'console'])
      expect(await cli([command, id, '--state-dir', '/tmp/none']), `${command} ${id}`).toMatchObject({
        code: 3,
      })
})
