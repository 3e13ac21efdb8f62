import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { examineHost, type HostReport, probeCapabilities } from 'qemu-launch'
import { describe, expect, test } from 'vitest'
import { cli, cliJson } from '../support/cli.ts'
import { freshName, testDirectory } from '../support/vm.ts'

const doctor = (...words: string[]) => cliJson<HostReport>('doctor', ...words)
const find = ({ checks }: HostReport, name: string) => checks.find((check) => check.name === name)
const sysctl = (key: string) => `/proc/sys/${key.replaceAll('.', '/')}`
const words = (text: string) => text.trim().split(/\s+/).join(' ')

/** The settings of a sysctl.d file, read as sysctl reads it. */
function settingsOf(file: string): [key: string, value: string][] {
  return file
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, key = '', value = ''] = /^(\S+) = (.+)$/.exec(line) ?? []
      return [key, value]
    })
}

describe('doctor on this host', () => {
  test('finds what /proc says', async () => {
    const report = await doctor('--vms', '32')
    expect(report).toMatchObject({ vms: 32, class: 'medium', ready: true })
    const settings = report.checks.filter(({ name }) => existsSync(sysctl(name)))
    expect(settings.length).toBeGreaterThan(15)
    for (const { name, found } of settings)
      expect(found, name).toBe(words(readFileSync(sysctl(name), 'utf8')))

    const limits = readFileSync('/proc/self/limits', 'utf8')
    const openFiles = /^Max open files +(\d+)/m.exec(limits)?.[1]
    expect(find(report, 'open files')?.found).toBe(openFiles)
    const totalKiB = Number(/^MemTotal: +(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1])
    expect(report.host.memoryMiB).toBe(Math.floor(totalKiB / 1024))
  })

  test('asks the programs themselves, and says of KVM what a launch says', async () => {
    const [report, capabilities] = [await doctor(), await probeCapabilities()]
    const { major, minor, micro } = capabilities.version
    expect(find(report, 'QEMU')).toMatchObject({ status: 'ok', found: `${major}.${minor}.${micro}` })
    const nbdkit = execFileSync('nbdkit', ['--version'], { encoding: 'utf8' }).trim()
    expect(`nbdkit ${find(report, 'nbdkit')?.found}`).toBe(nbdkit)
    const works = capabilities.accelerators.includes('kvm')
    expect(find(report, 'KVM')).toMatchObject(
      works ? { status: 'ok' } : { status: 'warn', why: capabilities.kvmFault },
    )
  })

  test('io_uring works when a QEMU opens a file with it', async () => {
    const path = join(testDirectory(), freshName('ring'))
    writeFileSync(path, Buffer.alloc(4096))
    const node = `driver=file,node-name=ring,filename=${path},aio=io_uring`
    let opens = true
    try {
      // No socket can be made here, so QEMU ends as soon as it has opened the file.
      const args = [
        '-machine',
        'none',
        '-display',
        'none',
        '-blockdev',
        node,
        '-qmp',
        'unix:/none/here,server=on',
      ]
      execFileSync('qemu-system-x86_64', args, { stdio: 'pipe', timeout: 60_000 })
    } catch (error) {
      opens = !/io_uring/.test(String((error as { stderr?: Buffer }).stderr))
    }
    expect(find(await doctor(), 'io_uring')?.status).toBe(opens ? 'ok' : 'warn')
  })

  test('prints a table that fits 100 columns, in plain text', async () => {
    const { code, out, err } = await cli(['doctor', '--vms', '300'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^ok +QEMU +\d/m)
    expect(out).toContain('VMs can run here.')
    expect(out).not.toContain('\x1b')
    // The command for a server that another test has just lost is as long as its path.
    const lines = out.split('\n').filter((line) => !line.startsWith('    qemu-launch servers end /'))
    expect(lines.filter((line) => line.length > 100)).toEqual([])
  })

  test('is in colour on a terminal, unless NO_COLOR says otherwise', () => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    const onTerminal = (env: NodeJS.ProcessEnv) =>
      execFileSync('script', ['-qec', `'${process.execPath}' '${main}' doctor`, '/dev/null'], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
    expect(onTerminal({ NO_COLOR: undefined })).toContain('\x1b[32mok     \x1b[0m QEMU')
    const plain = onTerminal({ NO_COLOR: '1' })
    expect(plain).toMatch(/^ok +QEMU/m)
    expect(plain).not.toContain('\x1b')
  })

  test('leaves nothing behind', async () => {
    const TMPDIR = join(testDirectory(), freshName('tmp'))
    mkdirSync(TMPDIR)
    expect((await cli(['doctor'], { env: { TMPDIR } })).code).toBe(0)
    expect(readdirSync(TMPDIR)).toEqual([])
  })

  test('is there for a daemon, and can be interrupted', async () => {
    const report = await examineHost({ vms: 300, stateDir: testDirectory() })
    expect(report).toMatchObject({ class: 'extra-large', ready: true })
    await expect(examineHost({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'VM_ABORTED' })
  })
})

test('doctor takes no number for the version of a program that does not run', async () => {
  const bin = join(testDirectory(), freshName('bin'))
  mkdirSync(bin)
  writeFileSync(join(bin, 'nbdkit'), '#!/bin/sh\necho libguestfs.so.0.5 is missing >&2\nexit 127\n', {
    mode: 0o755,
  })
  const { out } = await cli(['doctor', '--json'], { env: { PATH: `${bin}:${process.env.PATH}` } })
  expect(find(JSON.parse(out), 'nbdkit')).toMatchObject({
    status: 'warn',
    why: expect.stringContaining('exit status 127: libguestfs.so.0.5 is missing'),
  })
})

describe('doctor ends with 1 where no VM can run', () => {
  test('without QEMU and nbdkit, whose packages it names', async () => {
    const env = { PATH: '/nonexistent' }
    const { code, out, err } = await cli(['doctor'], { env })
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toMatch(/^fail +QEMU/m)
    expect(out).toContain('sudo apt-get install qemu-system-x86\n')
    expect(out).toContain('sudo apt-get install nbdkit\n')
    const json = await cli(['doctor', '--json'], { env })
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({ ready: false })
  })

  test('without a place for VMs', async () => {
    const { code, out } = await cli(['doctor', '--json', '--state-dir', join(process.execPath, 'vms')])
    expect(code).toBe(1)
    expect(find(JSON.parse(out), 'state directory')).toMatchObject({
      status: 'fail',
      why: expect.stringContaining('ENOTDIR'),
    })
  })
})

describe('doctor --print-sysctl', () => {
  test('is a file that sysctl takes', async () => {
    const { code, out, err } = await cli(['doctor', '--vms', '300', '--print-sysctl'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const settings = settingsOf(out)
    expect(settings.length).toBeGreaterThan(10)
    expect(settings.filter(([key]) => !existsSync(sysctl(key)))).toEqual([])

    const path = join(testDirectory(), `${freshName('sysctl')}.conf`)
    writeFileSync(path, out)
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
    const taken = execFileSync('sysctl', ['--dry-run', '-p', path], { env, encoding: 'utf8' })
    expect(taken.trim().split('\n')).toEqual(settings.map(([key, value]) => `${key} = ${value}`))
  })

  test('puts right every setting that is not, and lowers none that should be high', async () => {
    const advised = await cliJson<Record<string, string>>('doctor', '--vms', '300', '--print-sysctl')
    const { checks } = await doctor('--vms', '300')
    for (const { name, status, found, fix } of checks) {
      if (advised[name] === undefined) continue
      if (status === 'ok' && name !== 'vm.swappiness') expect(advised[name], name).toBe(found)
      if (status === 'warn') expect(fix, name).toEqual({ kind: 'sysctl', text: `${name} = ${advised[name]}` })
    }
  })
})
