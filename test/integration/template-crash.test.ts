import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloneVm, createTemplate, deleteTemplate, killVm, listTemplates } from 'qemu-launch'
import { expect, test } from 'vitest'
import { until } from '../support/cli.ts'
import { startElsewhere, wordsUntilKilled } from '../support/elsewhere.ts'
import { mortal } from '../support/mortal.ts'
import { random } from '../support/random.ts'
import { bareConfig, freshName, socketsBelow, stateDirectory, testDirectory } from '../support/vm.ts'

const stateDir = stateDirectory()
const templates = join(stateDir, '.templates')
const isLong = process.env.QEMU_LAUNCH_LONG === '1'
const making = mortal('await library.createTemplate(template, config, { stateDir, ready: async () => {} })')

/** Makes a template in a process that dies at its `at`-th step; tells where it died. */
async function dieMaking(template: string, at: number): Promise<string> {
  return wordsUntilKilled(startElsewhere(making, { template, config: bareConfig(), stateDir, at }, 'pipe'))
}

/** A template that is there is whole, and of any other one nothing is left. */
async function expectWholeOrGone(template: string, about: string): Promise<boolean> {
  // QEMU ends with its process.
  await until(
    () => socketsBelow(stateDir).length === 0,
    () => about,
  )
  const found = await listTemplates({ stateDir })
  if (found.length === 0) {
    expect(existsSync(templates) ? readdirSync(templates) : [], about).toEqual([])
    return false
  }
  expect(found, about).toMatchObject([{ name: template, vms: [] }])
  const vm = await cloneVm(template, { name: freshName('c') }, { stateDir })
  expect(vm.state, about).toBe('running')
  await vm.kill()
  await killVm(vm.id, { stateDir })
  await deleteTemplate(template, { stateDir })
  expect(readdirSync(templates), about).toEqual([])
  return true
}

// A launch gives it 30 s.
const slowSeconds = isLong ? 33 : 1

test(`a template is made by a QEMU that begins after ${slowSeconds} s`, async () => {
  const binary = join(testDirectory(), freshName('slow-qemu'))
  const wait = `case "$*" in *guest=*) sleep ${slowSeconds};; esac`
  writeFileSync(binary, `#!/bin/sh\n${wait}\nexec qemu-system-x86_64 "$@"\n`, { mode: 0o755 })
  const name = freshName('t')
  await createTemplate(name, bareConfig({ binary }), { stateDir, ready: async () => {} })
  await deleteTemplate(name, { stateDir })
})

test(`a process that dies at ${isLong ? 'each' : 'some'} of its steps while it makes a template leaves a whole one or none`, {
  timeout: isLong ? 3_600_000 : 600_000,
}, async () => {
  const seed = Number(process.env.QEMU_LAUNCH_SEED ?? Date.now() % 2 ** 31)
  const below = random(seed)
  const kept: number[] = []
  let at = 0
  for (let where = ''; where !== 'done'; ) {
    at += isLong ? 1 : 50 + below(50)
    const template = freshName('t')
    where = await dieMaking(template, at)
    if (await expectWholeOrGone(template, `seed ${seed}, step ${at} ${where}`)) kept.push(at)
  }
  // That of the last step at least.
  expect(kept).toContain(at)
})
