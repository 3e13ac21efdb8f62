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

/** Long, and about our processes more than about QEMU: only `npm run test:qemu10` runs these on QEMU 10.0 too. */
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
  ...['launch-crash', 'long-waits', 'nbdkit', 'process', 'server-death', 'server-handover', 'server-restart'],
  ...['neighbours', 'repeats', 'servers', 'shutdown', 'soak', 'solo-servers', 'tls-volumes'],
]

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
      // And once more on QEMU 10.0: what differs is for the tests to say.
      {
        resolve: { alias },
        test: {
          ...integration,
          name: 'integration-qemu10',
          setupFiles: ['test/support/qemu10.ts'],
          exclude:
            process.env.QEMU_LAUNCH_WHOLE === '1'
              ? []
              : onSystemQemuOnly.map((name) => `test/integration/${name}.test.ts`),
        },
      },
    ],
  },
})
