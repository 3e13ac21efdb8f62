import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { deleteTemplate } from '../../../src/vm/clones/templates.ts'
import { templateLock } from '../../../src/vm/record/ownership.ts'

test('a template that is being cloned is deleted after that, or not at all after an abort', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'templates-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true }))
  using _cloning = await templateLock(stateDir, 'web')
  const signal = AbortSignal.timeout(50)
  await expect(deleteTemplate('web', { stateDir, signal })).rejects.toMatchObject({ code: 'PROCESS_ABORTED' })
})
