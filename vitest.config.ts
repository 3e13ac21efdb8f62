import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

const dist = (entry: string) => fileURLToPath(new URL(`./dist/${entry}`, import.meta.url))

/** Integration tests and examples import the built package by its name, as users do. */
const alias = [
  { find: /^qemu-launch$/, replacement: dist('index.js') },
  { find: /^qemu-launch\/(qmp|volumes)$/, replacement: dist('$1/public.js') },
  { find: /^qemu-launch\/testing$/, replacement: dist('testing/index.js') },
]

const isLong = process.env.QEMU_LAUNCH_LONG === '1'
const longTests = isLong ? ['test/long/**/*.test.ts'] : []

/** Everything that starts a QEMU, on the one of the system. */
const integration = {
  name: 'integration',
  include: ['test/integration/**/*.test.ts', ...longTests],
  globalSetup: ['test/support/orphans.ts'],
  // Limits end what hangs: a machine that is slow or busy has to keep them too.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
  setupFiles: ['test/support/own-directory.ts', 'test/support/own-processes.ts'],
  // Node.js reads the built package itself, as it does for users.
  server: { deps: { external: [/\/dist\//] } },
}

/** What QEMU does is their subject: these run on every QEMU, all others there only by `npm run test:versions`. */
const aboutQemu = `
  aarch64 attach-failures block-jobs capabilities clones compat fence forced-detach golden-argv hotplug
  jobs launch lifecycle machine many-ports native-hotplug nbd-tls qmp qmp-model reconnect security transports
  unplug versions volume-limits
`
  .trim()
  .split(/\s+/)

/** The same tests once more on a QEMU that is not the system's: what differs is for the tests to say. */
const onOtherQemu = (version: string) => ({
  resolve: { alias },
  test: {
    ...integration,
    name: `integration-qemu${version.split('.')[0]}`,
    env: { QEMU_LAUNCH_TEST_QEMU: version },
    setupFiles: [...integration.setupFiles, 'test/support/other-qemu.ts'],
    ...(process.env.QEMU_LAUNCH_WHOLE === '1'
      ? {}
      : { include: [...aboutQemu.map((name) => `test/integration/${name}.test.ts`), ...longTests] }),
  },
})

export default defineConfig({
  test: {
    // More than half of their time tests wait for a guest or a deadline: four keep two cores busy.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'],
          // Beside the QEMUs of the other projects.
          testTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      { resolve: { alias }, test: integration },
      ...['10.0', '11.1'].map(onOtherQemu),
    ],
  },
})
