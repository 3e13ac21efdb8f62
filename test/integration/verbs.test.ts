import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hostCapacity, inspectVm, listVms, waitForVm } from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cli, cliJson } from '../support/cli.ts'
import { testGuest } from '../support/guest.ts'
import { freshPath, guestAgent } from '../support/qemu.ts'
import {
  bareConfig,
  bootGuest,
  freshName,
  type RunningGuest,
  startVm,
  stateDirectory,
  testDirectory,
} from '../support/vm.ts'

const stateDir = stateDirectory()
const here = ['--state-dir', stateDir] as const
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
let guest: RunningGuest
let id: string

beforeAll(async () => {
  const { append, initrd, kernel } = testGuest()
  const whole = freshPath('i')
  writeFileSync(whole, Buffer.concat([readFileSync(initrd), readFileSync(guestAgent().initramfs)]))
  guest = await bootGuest({
    config: {
      kernel: { image: kernel, initrd: whole, append },
      guestAgent: true,
      labels: { team: 'storage', stage: 'test' },
      nics: [
        {
          type: 'user',
          id: 'net0',
          hostForwards: [
            { hostAddress: '127.0.0.1', hostPort: 0, guestPort: 22 },
            { hostPort: 0, guestPort: 8080 },
            { protocol: 'udp', hostPort: 0, guestPort: 53 },
          ],
        },
      ],
    },
  })
  id = guest.vm.id
})

afterAll(() => guest?.[Symbol.asyncDispose]())

test('wait is over when the agent answers, and tells when it does not in time', async () => {
  expect(await cli([...here, 'wait', id, '--for', 'agent', '--timeout-ms', '300'])).toMatchObject({ code: 4 })
  const waits = cliJson(...here, 'wait', id, '--for', 'agent')
  await guest.console.check('/agent/run')
  expect(await waits).toMatchObject({ vm: id, for: 'agent' })
  const words = [process.execPath, main, ...here, 'wait', id, '--for', 'text:never', '--timeout-ms', '3500']
  const onTerminal = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], { encoding: 'utf8' })
  expect(onTerminal).toMatchObject({ status: 4 })
  const lines = onTerminal.stdout.split('\r')
  expect(lines).toContainEqual(expect.stringMatching(`^${id}: waiting for text:never, [123] s of 4 s$`))
  expect(lines.filter((line) => line.includes('waiting') && line.length > 79)).toEqual([])
  for (const what of ['agents', 'port:0', 'port:x', 'text:'])
    expect(await cli([...here, 'wait', id, '--for', what])).toMatchObject({ code: 2 })
})

test('exec ends as the program does, with its outputs apart, byte by byte', async () => {
  const program = 'cat; printf "\\377\\0out"; printf err >&2; echo "$A" >&2; exit 7'
  const words = [...here, 'exec', id, '--stdin', '--env', 'A=b c', '--', '/bin/sh', '-c', program]
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...words], { input: 'in\n' })
  expect(status).toBe(7)
  expect(stderr.toString()).toBe('errb c\n')
  expect(stdout).toEqual(Buffer.from('in\n\xff\0out', 'latin1'))
  expect(await cli([...here, '--json', 'exec', id, 'echo', 'hello'])).toMatchObject({
    code: 0,
    out: `${JSON.stringify({ vm: id, exitCode: 0, stdout: 'hello\n', stderr: '', truncated: false })}\n`,
  })
  expect(await cli([...here, 'exec', id, '--', '/nonexistent'])).toMatchObject({ code: 1, out: '' })
  expect(await cli([...here, 'exec', freshName('none'), '--', 'true'])).toMatchObject({ code: 3 })
})

test('cp takes a file in and out, whole or not at all', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256))
  const local = freshPath('f')
  writeFileSync(local, bytes)
  expect(await cliJson(...here, 'cp', local, `${id}:/tmp/`)).toMatchObject({ vm: id, bytes: bytes.length })
  const folder = join(testDirectory(), freshName('d'))
  mkdirSync(folder)
  const name = local.slice(local.lastIndexOf('/') + 1)
  expect(await cliJson(...here, 'cp', `${id}:/tmp/${name}`, folder)).toMatchObject({ bytes: bytes.length })
  expect(readFileSync(join(folder, name)).equals(bytes)).toBe(true)
  expect(await cli([...here, 'cp', '-', `${id}:/tmp/in`], { input: 'by stdin' })).toMatchObject({ code: 0 })
  expect(await cli([...here, 'cp', `${id}:/tmp/in`, '-'])).toMatchObject({ code: 0, out: 'by stdin' })
  // A guest may send for ever: what has come is not kept.
  const endless = await cli([...here, 'cp', `${id}:/dev/zero`, join(folder, 'zero'), '--max-mib', '1'])
  expect(endless).toMatchObject({ code: 1, err: expect.stringContaining('more than 1 MiB') })
  expect(await cli([...here, 'cp', `${id}:/nonexistent`, join(folder, 'none')])).toMatchObject({ code: 1 })
  expect(readdirSync(folder)).toEqual([name])
  for (const [from, to] of [
    [local, folder],
    [`${id}:/a`, `${id}:/b`],
    [join(folder, 'none'), `${id}:/tmp/`],
    [folder, `${id}:/tmp/`],
  ] as const)
    expect(await cli([...here, 'cp', from, to])).toMatchObject({ code: 2 })
})

test('the ports that the system has chosen are told, and no other program has them', async () => {
  const forwards = await guest.vm.forwards()
  expect(forwards).toMatchObject([
    { nic: 'net0', protocol: 'tcp', hostAddress: '127.0.0.1', guestPort: 22 },
    { nic: 'net0', protocol: 'tcp', guestPort: 8080 },
    { nic: 'net0', protocol: 'udp', guestPort: 53 },
  ])
  const ports = forwards.map(({ hostPort }) => hostPort)
  expect(new Set(ports).size).toBe(3)
  const taken = createServer()
  const refused = new Promise((resolve) => taken.once('error', resolve))
  taken.listen(ports[0], '127.0.0.1')
  expect(await refused).toMatchObject({ code: 'EADDRINUSE' })
  expect(await inspectVm(id, { stateDir })).toMatchObject({
    forwards,
    vcpus: expect.any(Number),
    memoryMiB: 256,
    labels: { team: 'storage', stage: 'test' },
  })
  const { taken: given } = await hostCapacity({ stateDir })
  expect(given.ports).toEqual(expect.arrayContaining(ports))
  expect(given.memoryMiB).toBeGreaterThanOrEqual(256)
})

test('wait hears a text on the console, a port that the guest opens, and the end', async () => {
  await guest.console.check('ip link set eth0 up 2>/dev/null; ifconfig eth0 10.0.2.15 up 2>/dev/null; true')
  // Nobody listens: QEMU itself takes connections all the same.
  await expect(
    waitForVm(id, { type: 'port', port: 8080 }, { stateDir, timeoutMs: 3_000 }),
  ).rejects.toMatchObject({ code: 'VM_TIMEOUT' })
  await expect(waitForVm(id, { type: 'port', port: 9 }, { stateDir })).rejects.toMatchObject({
    code: 'VM_UNSUPPORTED',
  })
  const text = waitForVm(id, { type: 'text', text: 'it is there' }, { stateDir })
  await guest.console.check('echo it is there')
  await text
  const open = cliJson(...here, 'wait', id, '--for', 'port:8080')
  await guest.console.check('(while :; do nc -l -p 8080 -e cat; done >/dev/null 2>&1 &) ; true')
  await open
})

test('list takes labels, and prints names only when asked', async () => {
  await using other = await startVm(bareConfig({ labels: { team: 'network' } }), { paused: true })
  const named = async (...words: string[]) =>
    (await cli([...here, 'list', '--quiet', ...words])).out.split('\n')
  expect(await named()).toEqual(expect.arrayContaining([id, other.id]))
  expect(await named('--label', 'team=storage', '--label', 'stage=test')).toEqual([id, ''])
  expect(await named('--label', 'team=storage', '--label', 'stage=live')).toEqual([''])
  expect((await listVms({ stateDir, labels: { team: 'network' } })).map((vm) => vm.id)).toEqual([other.id])
  expect(await cli([...here, 'list', '--label', 'team'])).toMatchObject({ code: 2 })
})

test('wait is over when the VM has ended', async () => {
  const ended = cliJson(...here, 'wait', id, '--for', 'ended')
  const text = waitForVm(id, { type: 'text', text: 'never said' }, { stateDir })
  text.catch(() => {})
  // Both are at work before the end.
  await guest.console.check('true')
  await guest.vm.kill()
  await expect(text).rejects.toMatchObject({ code: 'VM_NOT_RUNNING' })
  expect(await ended).toMatchObject({ vm: id, for: 'ended' })
  expect(existsSync(guest.vm.paths.consoleLog)).toBe(true)
  expect(await cli([...here, 'wait', freshName('none'), '--for', 'ended'])).toMatchObject({ code: 3 })
})
