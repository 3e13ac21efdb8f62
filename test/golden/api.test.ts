import { expect, test } from 'vitest'
import { apiReports } from '../support/api-report.ts'
import { expectGolden } from '../support/golden.ts'

/** A change in what users can import is a change of these files, for a person to read: UPDATE_GOLDEN=1 writes them. */
test('each entry point exports what its report says', { timeout: 300_000 }, () => {
  const reports = apiReports()
  expect([...reports.keys()]).toHaveLength(4)
  for (const [entry, text] of reports) expectGolden('api', `${entry.replace('/', '-')}.api.md`, text)
})
