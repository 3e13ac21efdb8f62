import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** What the code of the pages takes for granted, as a declaration file. */
export const grantedNames = `
declare const vm: import('qemu-launch').Vm
declare const supervisor: import('qemu-launch').Supervisor
declare const config: import('qemu-launch').VmConfigInput
declare const signal: AbortSignal
declare const keepRunning: typeof import('qemu-launch').keepRunning
declare const VmPool: typeof import('qemu-launch').VmPool
declare const convertImage: typeof import('qemu-launch/volumes').convertImage
declare const startServer: typeof import('qemu-launch/volumes').startServer
declare const QmpClient: typeof import('qemu-launch/qmp').QmpClient
`

/** Needs a package of its own, or stands in an example whole. */
const others = ['@opentelemetry/', 'createFakeQmpServer(']

/** The TypeScript of README and of the pages in `docs`, a module each, by the names of their files. */
export function pageCode(): [string, string][] {
  const docs = readdirSync(new URL('docs', root)).filter((name) => name.endsWith('.md'))
  return ['README.md', ...docs.map((name) => `docs/${name}`)].flatMap((page) => {
    const blocks = readFileSync(new URL(page, root), 'utf8').matchAll(/```ts\n([\s\S]+?)```/g)
    return [...blocks]
      .map(([, code = '']) => code)
      .filter((code) => !others.some((word) => code.includes(word)))
      .map((code, index): [string, string] => [
        `${page.replace(/\W/g, '-')}-${index + 1}.ts`,
        `${code}\nexport {}\n`,
      ])
  })
}
