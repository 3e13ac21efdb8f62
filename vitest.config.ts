import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const dist = (entry: string) => fileURLToPath(new URL(`./dist/${entry}`, import.meta.url))

/** Integration tests and examples import the built package by its name, as users do. */
const alias = [
  { find: /^qemu-launch$/, replacement: dist('index.js') },
  { find: /^qemu-launch\/(qmp|volumes|testing)$/, replacement: dist('$1/index.js') },
]

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'] } },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/orphans.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
