import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { reattachVm } from 'qemu-launch'
import { expect, onTestFinished, test } from 'vitest'
import { otherNodes } from '../support/nodes.ts'
import { bareConfig, blankFile, failureOf, startVm, stateDirectory } from '../support/vm.ts'

const dist = new URL('../../dist/index.js', import.meta.url).href
const volumes = new URL('../../dist/volumes/index.js', import.meta.url).href
const command = new URL('../../dist/cli/main.js', import.meta.url).pathname

/** A process on another Node.js that reattaches to the VM, says how that went, and stays. */
async function reattachOn(node: string, id: string, stateDir: string) {
  const program = `
    import { reattachVm } from ${JSON.stringify(dist)}
    const [id, stateDir] = process.argv.slice(1)
    setInterval(() => {}, 1000)
    console.log(process.versions.node, await reattachVm(id, { stateDir }).then(() => 'owner', ({ code }) => code))`
  const child = spawn(node, ['--input-type=module', '--eval', program, id, stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const [version = '', outcome] = String(line).split(' ')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return { line: Number(version.split('.')[0]), outcome, kill }
}

test.each(otherNodes)('a VM has one owner between this Node.js and Node.js $line', async ({ line, path }) => {
  const stateDir = stateDirectory()
  const first = await startVm(bareConfig(), { paused: true })
  const { id } = first
  onTestFinished(async () => {
    const vm = await reattachVm(id, { stateDir })
    await vm.kill()
  })
  const refused = await reattachOn(path, id, stateDir)
  expect(refused).toMatchObject({ line, outcome: 'VM_LOCKED' })
  await first.detach()
  const owner = await reattachOn(path, id, stateDir)
  expect(owner).toMatchObject({ line, outcome: 'owner' })
  expect(await failureOf(reattachVm(id, { stateDir }))).toMatchObject({ code: 'VM_LOCKED' })
  const [, , newest] = otherNodes
  expect(await reattachOn(newest?.path ?? '', id, stateDir)).toMatchObject({ outcome: 'VM_LOCKED' })
  // Its death frees the VM, whatever it was doing.
  await owner.kill()
  const again = await reattachVm(id, { stateDir })
  await again.detach()
})

test.each(otherNodes)(
  'a VM, its volume and its server live their whole life on Node.js $line',
  ({ line, path }) => {
    const stateDir = stateDirectory()
    const config = bareConfig()
    const program = `
    import { listVms, launchVm, reattachVm } from ${JSON.stringify(dist)}
    import { startServer } from ${JSON.stringify(volumes)}
    const [config, stateDir, file] = process.argv.slice(1)
    const server = await startServer({ type: 'qemu-nbd', file, format: 'raw' }, { restart: true })
    const first = await launchVm(JSON.parse(config), { stateDir, paused: true })
    await first.volumes.attach({ id: 'a', uri: server.uri })
    await first.detach()
    const vm = await reattachVm(first.id, { stateDir })
    const { outcome } = await vm.volumes.detach('a')
    const listed = (await listVms({ stateDir })).find(({ id }) => id === vm.id)
    await vm.kill()
    await server.stop()
    console.log(JSON.stringify([process.versions.node.split('.')[0], outcome, listed.state, vm.state]))`
    const words = [JSON.stringify(config), stateDir, blankFile()]
    const output = execFileSync(path, ['--input-type=module', '--eval', program, ...words], {
      encoding: 'utf8',
    })
    expect(JSON.parse(output)).toEqual([`${line}`, 'detached', 'alive', 'exited'])
    expect(execFileSync(path, [command, 'list', '--state-dir', stateDir], { encoding: 'utf8' })).toContain(
      config.name,
    )
  },
)
