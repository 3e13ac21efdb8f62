import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const dist = (entry: string) => fileURLToPath(new URL(`./dist/${entry}`, import.meta.url))

/** Integration tests and examples import the built package by its name, as users do. */
const alias = [
  { find: /^qemu-launch$/, replacement: dist('index.js') },
  { find: /^qemu-launch\/(qmp|volumes|testing)$/, replacement: dist('$1/index.js') },
]

/** Everything that starts a QEMU, on the one of the system. */
const integration = {
  name: 'integration',
  include: ['test/integration/**/*.test.ts'],
  globalSetup: ['test/support/orphans.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  fileParallelism: false,
}

/** Long, and about our processes more than about QEMU: only `npm run test:versions` runs these on other QEMUs too. */
const onSystemQemuOnly = [
  ...[
    'cli',
    'cli-run',
    'doctor',
    'due-volumes',
    'examples',
    'inspect',
    'io-errors',
    'keep-running',
    'keep-running-death',
  ],
  ...['launch-crash', 'long-waits', 'nbdkit', 'package', 'process', 'server-death', 'server-handover', 'server-restart'],
  ...['neighbours', 'repeats', 'servers', 'shutdown', 'soak', 'solo-servers', 'tls-volumes'],
]

/** The same tests once more on a QEMU that is not the system's: what differs is for the tests to say. */
const onOtherQemu = (version: string) => ({
  resolve: { alias },
  test: {
    ...integration,
    name: `integration-qemu${version.split('.')[0]}`,
    env: { QEMU_LAUNCH_TEST_QEMU: version },
    setupFiles: ['test/support/other-qemu.ts'],
    exclude:
      process.env.QEMU_LAUNCH_WHOLE === '1'
        ? []
        : onSystemQemuOnly.map((name) => `test/integration/${name}.test.ts`),
  },
})

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'],
          // Beside the QEMUs of the other projects.
          testTimeout: 30_000,
        },
      },
      { resolve: { alias }, test: integration },
      ...['10.0', '11.1'].map(onOtherQemu),
    ],
  },
})
