import { expect, test } from 'vitest'
import { apiReports, callsWithoutSignal } from '../support/api-report.ts'
import { expectGolden } from '../support/golden.ts'

/** A change in what users can import is a change of these files, for a person to read: UPDATE_GOLDEN=1 writes them. */
test('each entry point exports what its report says', { timeout: 300_000 }, () => {
  const reports = apiReports()
  expect([...reports.keys()]).toHaveLength(4)
  for (const [entry, text] of reports) expectGolden('api', `${entry.replace('/', '-')}.api.md`, text)
})

/** Their signal is where the types of this list do not show it: beside the arguments of a command, or in the options of the stream. */
const elsewhere = [
  ...['EventStream.next', 'QgaClient.execute', 'QmpClient.execute', 'QmpClient.executeOob'],
  'ReconnectingQmpClient.execute',
]

/** These let go of what this process has: who stopped waiting would not know that it is over. */
const ends = [
  ...['EventStream.return', 'FakeQmpServer.close', 'NbdServer.release', 'QgaClient.close', 'QmpClient.close'],
  ...['QmpListener.close', 'ReconnectingQmpClient.close', 'Supervisor.leave', 'Vm.detach', 'Vm.leave'],
  ...['VmLike.detach', 'VmLike.leave', 'VmPool.close', 'VmVisitor.detach', 'VmVisitor.leave'],
]

/** These read files of this host, listen on it, or are a fake; what `converge` waits for has deadlines of its own. */
const short = [
  ...['FakeVm.detach', 'FakeVm.kill', 'FakeVm.leave', 'FakeVm.pause', 'FakeVm.reset', 'FakeVm.resume'],
  ...['TuneOptions.measure', 'Vm.forwards', 'VmBackups.list', 'VmVisitor.forwards', 'VmVolumes.converge'],
  ...['createFakeQmpServer', 'hostCapacity', 'inspectVm', 'listServers', 'listTemplates', 'listVms'],
  ...['listenQmp', 'readLogs'],
]

test('every call that waits takes a signal', { timeout: 300_000 }, () => {
  expect(callsWithoutSignal()).toEqual([...elsewhere, ...ends, ...short].sort())
})
