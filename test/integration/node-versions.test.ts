import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { reattachVm } from 'qemu-launch'
import { expect, onTestFinished, test } from 'vitest'
import { otherNodes } from '../support/nodes.ts'
import { bareConfig, failureOf, startVm, stateDirectory } from '../support/vm.ts'

const dist = new URL('../../dist/index.js', import.meta.url).href

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
    await using vm = await reattachVm(id, { stateDir })
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
