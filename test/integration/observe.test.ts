import type { Vm } from 'qemu-launch'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { cli, startCli, until } from '../support/cli.ts'
import { bareConfig, startVm, stateDirectory } from '../support/vm.ts'

let vm: Vm
const here = ['--state-dir', stateDirectory()]

beforeAll(async () => {
  vm = await startVm(bareConfig(), { paused: true })
  await vm.volumes.attach({
    id: 'v',
    serve: { type: 'nbdkit', plugin: 'memory', parameters: { size: '16M' } },
  })
})

afterAll(async () => {
  await vm.kill()
})

test('top prints a table for each interval into a pipe, without a control character', async () => {
  const { code, err, out } = await cli([...here, 'top', vm.id, '--count', '2', '--interval-ms', '200'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const tables = out.split('\n\n').map((table) => table.trim().split('\n'))
  expect(tables).toHaveLength(2)
  for (const lines of tables) {
    expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual(['VM', vm.id, 'os', 'v'])
    for (const line of lines) expect(line).toMatch(/^[ -~…]{1,80}$/)
  }
  expect((await cli([...here, 'top', 'nobody', '--count', '1'])).code).toBe(3)
})

test('metrics serves the numbers of VMs, servers and volumes until it is interrupted', async () => {
  const running = startCli([...here, 'metrics', '--listen', '127.0.0.1:0'])
  onTestFinished(() => running[Symbol.asyncDispose]())
  await until(() => running.out().includes('serves metrics'))
  const url = running.out().split(' ')[0] ?? ''
  const answers = await Promise.all([fetch(url), fetch(url)])
  const [text = ''] = await Promise.all(answers.map((answer) => answer.text()))
  for (const line of [
    `qemu_launch_vm_up{vm="${vm.id}"} 1`,
    `qemu_launch_server_up{vm="${vm.id}",volume="v"} 1`,
    `qemu_launch_volume_size_bytes{vm="${vm.id}",volume="v"} 16777216`,
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  expect(text).toMatch(/^qemu_launch_server_resident_bytes\{[^}]*\} [1-9]/m)
  expect((await fetch(new URL('/', url))).status).toBe(404)
  expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  running.child.kill('SIGINT')
  expect(await running.result).toMatchObject({ code: 0, err: '' })
  const wrong = await cli([...here, 'metrics', '--listen', 'nowhere'])
  expect({ code: wrong.code, err: wrong.err }).toMatchObject({
    code: 2,
    err: expect.stringContaining('host:port'),
  })
})

test('metrics --rules prints alerts, and --json the volumes', async () => {
  expect((await cli(['metrics', '--rules'])).out).toMatch(/^groups:\n {2}- name: qemu-launch\n/)
  const { out } = await cli([...here, '--json', 'metrics', vm.id])
  expect(JSON.parse(out).map(({ volume }: { volume: string }) => volume)).toEqual(['os', 'v'])
})
