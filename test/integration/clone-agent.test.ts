import { readFileSync, writeFileSync } from 'node:fs'
import { cloneVm, createTemplate, deleteTemplate, killVm, type Vm } from 'qemu-launch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testGuest } from '../support/guest.ts'
import { freshPath, guestAgent } from '../support/qemu.ts'
import { connectConsole, freshName, guestConfig, stateDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()
const template = 'with-agent'
const longAgo = 978_307_200

const sh = async (vm: Vm, script: string) => {
  const { exitCode, stderr, stdout } = await vm.guest.exec(['/bin/sh', '-c', script])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout.trim()
}

beforeAll(async () => {
  const { append, initrd, kernel } = testGuest()
  const whole = freshPath('i')
  writeFileSync(whole, Buffer.concat([readFileSync(initrd), readFileSync(guestAgent().initramfs)]))
  const config = guestConfig({ kernel: { image: kernel, initrd: whole, append }, guestAgent: true })
  const ready = async (vm: Vm) => {
    using console = await connectConsole(vm)
    await console.waitForReady({ timeoutMs: 200_000 })
    await console.check(`/agent/run; mkdir -p /etc; echo template >/etc/machine-id; date -s @${longAgo}`)
    await vm.guest.waitFor({ timeoutMs: 60_000 })
  }
  await createTemplate(template, config, { stateDir, ready, timeoutMs: 300_000 })
}, 320_000)

afterAll(() => deleteTemplate(template, { stateDir }))

test('by their agents a clone and a fork have the time of the host, a name and a machine-id of their own', async () => {
  const warnings: string[] = []
  const running: Vm[] = []
  const prepare = async (vm: Vm) => {
    await vm.guest.exec(['/bin/hostname', vm.id])
    await vm.guest.writeFile('/etc/machine-id', `id-of-${vm.id}\n`)
  }
  const options = { prepare, onWarning: (warning: string) => warnings.push(warning) }
  /** How far the clocks are apart, of the system and of the machine. */
  const expectOwn = async (vm: Vm) => {
    expect(await sh(vm, 'hostname; cat /etc/machine-id')).toBe(`${vm.id}\nid-of-${vm.id}`)
    for (const clock of ['date +%s', 'cat /sys/class/rtc/rtc0/since_epoch']) {
      const before = Date.now() / 1000
      const seconds = Number(await sh(vm, clock))
      expect(seconds).toBeGreaterThan(before - 60)
      expect(seconds).toBeLessThan(Date.now() / 1000 + 60)
    }
  }
  try {
    for (const _ of [1, 2]) {
      const vm = await cloneVm(template, { name: freshName('c') }, { ...options, stateDir })
      running.push(vm)
      await expectOwn(vm)
    }
    const [first] = running
    if (first === undefined) throw new Error('no clone')
    await sh(first, `date -s @${longAgo} >/dev/null`)
    const fork = await first.fork({ name: freshName('k') }, options)
    running.push(fork)
    await expectOwn(fork)
    // The source keeps what it has.
    expect(await sh(first, 'hostname')).toBe(first.id)
    expect(Number(await sh(first, 'date +%s'))).toBeLessThan(longAgo + 3600)
    expect(warnings.filter((warning) => warning.includes('clock'))).toEqual([])
  } finally {
    for (const vm of running) {
      await vm.kill()
      await killVm(vm.id, { stateDir })
    }
  }
})
