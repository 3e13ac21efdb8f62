import { afterEach, describe, expect, test } from 'vitest'
import { cli, cliJson, hasDirectory, jsonFile, runs, startCli, stateOf, until } from '../support/cli.ts'
import { bareConfig, freshName } from '../support/vm.ts'

const made: string[] = []

afterEach(async () => {
  for (const id of made.splice(0)) if (hasDirectory(id)) await cli(['kill', id])
})

describe('run in the foreground', () => {
  /** A guest that ignores its power button, under a command that stays with it. */
  async function foreground(...options: string[]) {
    const config = bareConfig({ name: freshName('f') })
    made.push(config.name)
    const run = startCli([...options, jsonFile(config)])
    await until(() => run.out().includes('\n'), run.err)
    const { pid } = await cliJson<{ pid: number }>('status', config.name)
    return { run, id: config.name, pid }
  }

  test.each([
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('%s asks, then %s kills', async (first, second) => {
    const { run, id, pid } = await foreground()
    await using _run = run
    run.child.kill(first)
    await until(() => run.err().includes(`asking ${id} to power down; once more kills it`), run.err)
    expect(await stateOf(id)).toBe('running')
    run.child.kill(second)
    const { code, err } = await run.result
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(`${id} ended: killed (killed by SIGKILL)`),
    })
    expect(runs(pid)).toBe(false)
    expect(hasDirectory(id)).toBe(false)
  })

  test('ends with the VM: 0 when it was stopped, 1 when it was killed', async () => {
    const { run, id } = await foreground('run')
    await using _run = run
    expect((await cli(['stop', id, '--timeout-ms', '200', '--force'])).code).toBe(0)
    expect(await run.result).toMatchObject({
      code: 0,
      err: expect.stringContaining(`${id} ended: host-qmp-quit`),
    })
    expect(hasDirectory(id)).toBe(false)

    const other = await foreground('--json')
    await using _other = other.run
    expect(JSON.parse(other.run.out())).toMatchObject({ id: other.id, pid: other.pid, state: 'running' })
    expect((await cli(['kill', other.id])).code).toBe(0)
    const { code, err } = await other.run.result
    expect({ code, error: JSON.parse(err) }).toMatchObject({ code: 1, error: { code: 'PROCESS_EXITED' } })
  })

  test('leaves the VM to others when its own process is killed', async () => {
    const { run, id, pid } = await foreground()
    run.child.kill('SIGKILL')
    await run.result
    expect(runs(pid)).toBe(true)
    expect(await stateOf(id)).toBe('running')
    expect((await cli(['stop', id, '--timeout-ms', '200', '--force'])).code).toBe(0)
  })
})
