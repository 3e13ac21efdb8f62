import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { ShutdownStep } from 'qemu-launch'
import { describe, expect, test, vi } from 'vitest'
import { recordLock } from '../../src/vm/record/ownership.ts'
import { GuestConsole } from '../support/guest-console.ts'
import { bareConfig, bootGuest, isRunning, startVm } from '../support/vm.ts'

/**
 * What a text has not, taking away from its start what is found in order. QEMU 7.2 logs a character again when its
 * socket was full at the first try, so the log can have more than was said.
 */
function missingFrom(text: string, wanted: string): string {
  let found = 0
  for (let at = text.indexOf('1\n2\n3\n'); at < text.length && found < wanted.length; at++) {
    if (text[at] === wanted[found]) found++
  }
  return wanted.slice(found)
}

describe('a guest', () => {
  test('powers down when it is asked', async () => {
    await using guest = await bootGuest()
    const { vm } = guest
    const steps: ShutdownStep[] = []
    const states = vm.events({ names: ['POWERDOWN', 'SHUTDOWN'] })
    const exit = await vm.shutdown({ onStep: (step) => steps.push(step) })
    expect(exit).toMatchObject({ reason: 'guest-shutdown', clean: true, exitCode: 0 })
    expect(steps).toEqual(['system_powerdown'])
    const seen: string[] = []
    for await (const { event } of states) seen.push(event)
    expect(seen).toEqual(['POWERDOWN', 'SHUTDOWN'])
    expect(vm.state).toBe('exited')
    expect(await vm.exited).toBe(exit)
    expect(await vm.shutdown()).toBe(exit)
    expect(await vm.kill()).toBe(exit)
    expect(existsSync(vm.paths.dir)).toBe(false)
    expect(isRunning(vm.pid)).toBe(false)
  })

  test('powers down by itself, and all who wait are told the same', async () => {
    await using guest = await bootGuest()
    const { vm, console } = guest
    const told = [vm.exited, vm.exited]
    console.run('poweroff -f').catch(() => {})
    const [first, second] = await Promise.all(told)
    expect(first).toMatchObject({ reason: 'guest-shutdown', clean: true })
    expect(second).toBe(first)
    expect(existsSync(vm.paths.dir)).toBe(false)
  })

  test('that hears the second press only is pressed again', async () => {
    await using guest = await bootGuest()
    const { vm, console } = guest
    // Its own listener is ended; in its place comes one that wants two presses, of four records each.
    await console.check(`for pid in $(pidof dd); do kill $pid; done
      for name in /sys/class/input/event*/device/name; do
        if grep -q 'Power Button' $name; then event=$(echo $name | cut -d/ -f5); fi
      done
      (dd bs=24 count=5 of=/dev/null 2>/dev/null && poweroff -f) </dev/input/$event >/dev/null 2>&1 &
      until pidof dd >/dev/null; do :; done`)
    const presses = vm.events({ names: ['POWERDOWN'] })
    const steps: ShutdownStep[] = []
    const exit = await vm.shutdown({ timeoutMs: 60_000, force: false, onStep: (step) => steps.push(step) })
    expect(exit).toMatchObject({ reason: 'guest-shutdown', clean: true })
    expect(steps).toEqual(['system_powerdown'])
    const seen: unknown[] = []
    for await (const { event } of presses) seen.push(event)
    // More often while a slow host takes the guest down.
    expect(seen.length).toBeGreaterThanOrEqual(2)
  })

  test('that still boots hears the button when it is there', async () => {
    await using guest = await bootGuest({ early: true })
    const steps: ShutdownStep[] = []
    const exit = await guest.vm.shutdown({
      timeoutMs: 120_000,
      force: false,
      onStep: (step) => steps.push(step),
    })
    expect(exit).toMatchObject({ reason: 'guest-shutdown', clean: true, forced: false })
    expect(steps).toEqual(['system_powerdown'])
  })

  test.each([[{ extraArgs: ['-no-shutdown'] }], [{ extraArgs: ['-action', 'shutdown=pause'] }]])(
    'that powers down under %j is ended at once, and its end is clean',
    async (config) => {
      await using guest = await bootGuest({ config })
      const { vm } = guest
      const steps: ShutdownStep[] = []
      const exit = await vm.shutdown({ force: false, timeoutMs: 120_000, onStep: (step) => steps.push(step) })
      expect(exit).toMatchObject({ reason: 'guest-shutdown', clean: true, forced: false, exitCode: 0 })
      expect(steps).toEqual(['system_powerdown', 'quit'])
      expect(existsSync(vm.paths.dir)).toBe(false)
    },
  )

  test('that reboots keeps its state, its console and its log', async () => {
    await using guest = await bootGuest()
    const { vm, console } = guest
    await console.check('echo before the reboot')
    const reset = vm.qmp.waitFor('RESET')
    console.run('reboot -f').catch(() => {})
    expect((await reset).data).toMatchObject({ guest: true })
    expect(vm.state).toBe('running')
    // Until then what is said is lost.
    await vi.waitFor(
      () => expect(readFileSync(vm.paths.consoleLog, 'utf8').match(/GUEST READY/g)).toHaveLength(2),
      {
        timeout: 60_000,
      },
    )
    const socket = connect(vm.paths.console)
    await once(socket, 'connect')
    using again = GuestConsole.attach(socket)
    await again.waitForReady()
    expect(await again.check('echo after the reboot')).toBe('after the reboot')
    expect(readFileSync(vm.paths.consoleLog, 'utf8')).toMatch(/before the reboot.*after the reboot/s)
    expect(await vm.shutdown()).toMatchObject({ reason: 'guest-shutdown' })
  })

  test('that is paused runs on to power down', async () => {
    await using guest = await bootGuest()
    await guest.vm.pause()
    const steps: ShutdownStep[] = []
    expect(await guest.vm.shutdown({ onStep: (step) => steps.push(step) })).toMatchObject({
      reason: 'guest-shutdown',
      clean: true,
    })
    expect(steps).toEqual(['system_powerdown'])
  })

  test('is not held up by a viewer of its console that never reads, and its log has it all', async () => {
    await using guest = await bootGuest()
    const { vm, console } = guest
    await console.check('true')
    // It looks through all it has with each byte that comes: too slow for this much.
    console.close()
    const deaf = connect(vm.paths.console)
    await once(deaf, 'connect')
    deaf.pause()
    const reader = connect(vm.paths.console).setEncoding('utf8')
    await once(reader, 'connect')
    reader.write(`seq 1 40000; printf 'DO%s' NE\n`)
    const chunks: string[] = []
    reader.setTimeout(20_000, () => {
      const said = chunks.join('')
      reader.destroy(new Error(`the guest fell silent after ${said.length} bytes: ${said.slice(-100)}`))
    })
    for await (const chunk of reader) {
      chunks.push(String(chunk))
      if (chunks.slice(-4).join('').endsWith('DONE')) break
    }
    const expected = `${Array.from({ length: 40_000 }, (_, index) => `${index + 1}\n`).join('')}DONE`
    expect(chunks.join('')).toBe(expected)
    expect(expected.length).toBeGreaterThan(200_000)
    // QEMU writes the log after the socket.
    await vi.waitFor(() => expect(readFileSync(vm.paths.consoleLog, 'utf8')).toMatch(/DONE$/), 60_000)
    const log = readFileSync(vm.paths.consoleLog, 'utf8')
    expect(missingFrom(log, expected)).toBe('')
    // Nor is the end of the VM.
    expect(await vm.kill()).toMatchObject({ reason: 'killed' })
    deaf.destroy()
  })
})

describe('a machine that does not hear', () => {
  test('is ended by quit', async () => {
    const vm = await startVm()
    const steps: ShutdownStep[] = []
    const exit = await vm.shutdown({ timeoutMs: 100, onStep: (step) => steps.push(step) })
    expect(steps).toEqual(['system_powerdown', 'quit'])
    expect(exit).toMatchObject({ reason: 'host-qmp-quit', clean: false, forced: true, exitCode: 0 })
    expect(existsSync(vm.paths.dir)).toBe(false)
  })

  test('runs on when it may not be forced', async () => {
    const vm = await startVm()
    await expect(vm.shutdown({ timeoutMs: 100, force: false })).rejects.toMatchObject({
      code: 'VM_TIMEOUT',
      details: { vm: vm.id },
    })
    expect(vm.state).toBe('running')
    expect(await vm.qmp.execute('query-status')).toMatchObject({ running: true })
    await vm.kill()
  })

  test('runs on when the caller gives up', async () => {
    const vm = await startVm()
    await expect(vm.shutdown({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'VM_ABORTED',
    })
    expect(isRunning(vm.pid)).toBe(true)
    await vm.kill()
  })

  test('is ended at once when it has not begun', async () => {
    const vm = await startVm(bareConfig(), { paused: true })
    const steps: ShutdownStep[] = []
    expect(await vm.shutdown({ onStep: (step) => steps.push(step) })).toMatchObject({ forced: true })
    expect(steps).toEqual(['quit'])
  })

  test('is killed when QEMU itself is stuck', async () => {
    const vm = await startVm()
    process.kill(vm.pid, 'SIGSTOP')
    const steps: ShutdownStep[] = []
    const exit = await vm.shutdown({ timeoutMs: 100, onStep: (step) => steps.push(step) })
    expect(steps).toEqual(['system_powerdown', 'quit', 'SIGTERM', 'SIGKILL'])
    expect(exit).toMatchObject({
      reason: 'killed',
      clean: false,
      forced: true,
      killed: true,
      signal: 'SIGKILL',
    })
    expect(isRunning(vm.pid)).toBe(false)
    expect(existsSync(vm.paths.dir)).toBe(false)
  })

  test('is killed at once by kill', async () => {
    const vm = await startVm()
    process.kill(vm.pid, 'SIGSTOP')
    expect(await vm.kill()).toMatchObject({ reason: 'killed', signal: 'SIGKILL' })
    expect(isRunning(vm.pid)).toBe(false)
  })

  test('lets nobody wait longer than they want to', async () => {
    const vm = await startVm()
    process.kill(vm.pid, 'SIGSTOP')
    type Call = (options: { signal?: AbortSignal; timeoutMs?: number }) => Promise<unknown>
    const calls: Call[] = [
      (options) => vm.pause(options),
      (options) => vm.resume(options),
      (options) => vm.reset(options),
      (options) => vm.discrepancies(options),
    ]
    for (const call of calls) {
      await expect(call({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'QMP_TIMEOUT' })
      await expect(call({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'QMP_ABORTED' })
      await expect(call({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'QMP_INVALID_ARGUMENT' })
    }
    await expect(vm.kill({ timeoutMs: Number.NaN })).rejects.toMatchObject({ code: 'QMP_INVALID_ARGUMENT' })
    await expect(vm.kill({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'VM_ABORTED' })
    expect(isRunning(vm.pid)).toBe(true)
    {
      // Its end cannot be told before this is let go of.
      await using _lock = await recordLock(vm.paths)
      const details = { vm: vm.id, pid: vm.pid }
      await expect(vm.kill({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'VM_TIMEOUT', details })
      const aborted = vm.kill({ signal: AbortSignal.timeout(50) })
      await expect(aborted).rejects.toMatchObject({ code: 'VM_ABORTED', details })
    }
    expect(await vm.kill({ timeoutMs: Number.POSITIVE_INFINITY })).toMatchObject({ reason: 'killed' })
  })

  test('tells of SIGTERM as QEMU does', async () => {
    const vm = await startVm()
    process.kill(vm.pid, 'SIGTERM')
    expect(await vm.exited).toMatchObject({ reason: 'host-signal', clean: false, forced: true })
  })

  test('tells what a crash left', async () => {
    const vm = await startVm()
    process.kill(vm.pid, 'SIGABRT')
    expect(await vm.exited).toMatchObject({ reason: 'crashed', clean: false, signal: 'SIGABRT' })
    await expect(vm.qmp.execute('query-status')).rejects.toMatchObject({ code: 'VM_NOT_RUNNING' })
    await expect(vm.pause()).rejects.toMatchObject({ code: 'VM_NOT_RUNNING' })
  })
})

test('pause, resume and reset are seen in the state', async () => {
  const vm = await startVm(bareConfig(), { paused: true })
  expect(vm.state).toBe('prelaunch')
  await vm.resume()
  expect(vm.state).toBe('running')
  await vm.pause()
  expect(vm.state).toBe('paused')
  await vm.reset()
  await vi.waitFor(() => expect(vm.state).toBe('prelaunch'), 60_000)
  await vm.resume()
  expect(vm.state).toBe('running')
  await vm.kill()
  expect(vm.state).toBe('exited')
})
