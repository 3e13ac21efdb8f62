import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../../src/cli/program.ts'

// What a command loads when it is first run takes longer on a busy machine than a test may.
beforeAll(() => import('../../../src/vm/index.ts'), 60_000)

/** Runs a command line whose input is at its end, or this text. */
async function cli(words: readonly string[], input: string | Buffer = '') {
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
    [['help', 'nosuch'], 'there is no help on nosuch; qemu-launch --help lists the commands'],
    [['help', 'stauts'], 'there is no help on stauts; did you mean status?'],
    [['--json', 'help', 'lst'], 'did you mean list?'],
    [['no-such.json'], 'no-such.json cannot be read: there is no such file'],
    [['run'], "missing required argument 'config'\nUsage: qemu-launch run"],
    [['list', '--nope'], "unknown option '--nope'\nUsage: qemu-launch list"],
    [['status'], "missing required argument 'vm'"],
    [['status', 'a', 'b'], 'too many arguments'],
    [['list', '--state-dir', ''], 'It should be a directory'],
    [['--state-dir'], "option '--state-dir <dir>' argument missing"],
    [['render', '-', '--format', 'xml'], 'Allowed choices are shell, lines, json'],
    [['plan', 'atach', '-'], "'atach' is not one of attach, detach"],
    [['plan', 'attach', '-', '--preset', 'fast'], 'Allowed choices are safe, hive'],
    [['schema', 'vm'], "'vm' is not one of config, volume, qmp"],
    [['stop', 'a', '--timeout-ms', '1s'], 'a number of milliseconds'],
    [['doctor', '--vms', '0'], 'a number of VMs, 1 or more'],
    [['doctor', '--vms', '-1'], 'a number of VMs, 1 or more'],
    [['doctor', 'web'], 'too many arguments'],
    [['qmp', 'a', 'query-status', '[]'], 'the arguments should be a JSON object, not a list'],
    [['attach', 'a', 'nbd://host'], 'say --id'],
    [['attach', 'a', '/bin/sh'], '/bin/sh is an image, and its volume has no name yet: say --id <name>'],
    [['attach', 'a', 'nbd:unix:/tmp/123.sock'], '"123" should be an id'],
    [['attach', 'a', 'nbd:unix:/tmp/123.sock'], 'say another name by --id'],
    [['attach', 'a', 'nbd://host/a%20b'], 'say another name by --id'],
    [['attach', 'a', 'nbd:unix:/run/nbd-a.sock', '--preset', 'fast'], 'Allowed choices are safe, hive'],
    [['qmp', 'a', 'stop', '--timeout-ms', '-1'], 'a number of milliseconds'],
    [['plan', 'detach', 'a b'], '"a b" should be an id'],
  ])('%j: %s', async (words, said) => {
    const { code, out, err } = await cli(words)
    expect(err).toContain(said)
    expect(err).not.toMatch(/^ +at /m)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  test('what is no text, which would name another file', async () => {
    const latin1 = Buffer.from('{"id":"a","uri":"/tmp/caf\xe9.raw"}', 'latin1')
    expect(await cli(['plan', 'attach', '-'], latin1)).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining('standard input cannot be read: it is not UTF-8'),
    })
  })

  test('every fault of a config at once', async () => {
    const { code, err } = await cli(['render', '-'], '{"name": "a b", "memory": 1}')
    expect(code).toBe(2)
    for (const said of ['name: ', 'cpus: ', 'memoryMiB: ', 'memory: 1 should be an object'])
      expect(err).toContain(said)
  })

  test('that the input is no JSON', async () => {
    expect(await cli(['-'], '')).toMatchObject({ code: 2, err: expect.stringContaining('it is empty') })
    expect(await cli(['plan', 'attach', '-'], '{')).toMatchObject({ code: 2 })
  })

  test('where what it read stops being JSON, and never what is in it', async () => {
    const secret = '{"qom-type":"secret","id":"s3",\n"data":hunter2}'
    const shadow = 'root:$y$j9T$Zm9v:19000:0:99999:7:::\n'
    for (const [words, input, place] of [
      [['qmp', 't1', 'object-add', secret], '', 'line 2, column 8'],
      [['qmp', 't1', 'object-add', '{"data":"hunter2"}}'], '', 'line 1, column 19'],
      [['qmp', 't1', 'object-add', '"hunter2"'], '', 'not a string'],
      [['render', '-'], shadow, 'standard input is not JSON: what is at line 1, column 1'],
      [['plan', 'attach', '-'], '{"id": "a",\n "uri": $y$j9T', 'line 2, column 9'],
      [['render', '-'], '{"name": "hunter2', 'it ends too early'],
    ] as const)
      for (const options of [[], ['--json']]) {
        const { code, err } = await cli([...words, ...options], input)
        expect(code).toBe(2)
        expect(err).toContain(place)
        expect(err).not.toMatch(/hunter2|j9T/)
      }
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

test.each([['--version'], ['-V'], ['render', '--version'], ['--json', '-V', 'lst']])(
  '%j prints the version, once',
  async (...words) => {
    const file = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
    const { version } = JSON.parse(file) as { version: string }
    expect(await cli(words)).toEqual({ code: 0, out: `${version}\n`, err: '' })
  },
)

test.each(['config', 'volume'])('schema %s is JSON', async (what) => {
  const { code, out } = await cli(['schema', what])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ title: expect.any(String) })
})

test.each(['safe', 'hive'])('attach takes the preset %s', async (preset) => {
  const words = ['attach', 'nobody', 'nbd:unix:/run/nbd-a.sock', '--preset', preset]
  expect(await cli([...words, '--state-dir', '/tmp/none'])).toMatchObject({ code: 3 })
})

test('what is not the name of a VM is not there', async () => {
  for (const id of ['..', '.', '', 'a/b'])
    for (const command of ['status', 'stop', 'kill', 'console'])
      expect(await cli([command, id, '--state-dir', '/tmp/none']), `${command} ${id}`).toMatchObject({
        code: 3,
      })
})
