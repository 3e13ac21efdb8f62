import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The entry points of the package, and the declarations of each as `npm run build` made them. */
const entries = {
  'qemu-launch': 'dist/index.d.ts',
  'qemu-launch/qmp': 'dist/qmp/public.d.ts',
  'qemu-launch/volumes': 'dist/volumes/public.d.ts',
  'qemu-launch/testing': 'dist/testing/index.d.ts',
} as const

/** What is generated of QEMU's schema is listed by its name. */
const isGenerated = (file: string) => file.includes('/generated/')

/**
 * What users can import from each entry point, with its declaration: without comments and internals, by name. Types of this package
 * that only appear in a declaration are not listed.
 */
export function apiReports(): ReadonlyMap<string, string> {
  const files = Object.values(entries).map((file) => `${root}${file}`)
  const { ESNext } = ts.ScriptTarget
  const program = ts.createProgram(files, { module: ts.ModuleKind.NodeNext, target: ESNext, noEmit: true })
  return new Map(
    Object.entries(entries).map(([entry, file]) => [entry, report(entry, program, `${root}${file}`)]),
  )
}

function report(entry: string, program: ts.Program, path: string): string {
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(path)
  const module = file && checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error(`${path} declares nothing: run npm run build first`)
  const exported = checker.getExportsOfModule(module).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    return { name: symbol.name, text: textOf(target) }
  })
  const sorted = exported.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const blocks = sorted.map(({ name, text }) => `## ${name}\n\n${text}\n`)
  return `# ${entry}\n\nWritten by test/support/api-report.ts; a test compares it.\n\n${blocks.join('\n')}`
}

const printer = ts.createPrinter({ removeComments: true })

function textOf(symbol: ts.Symbol): string {
  const declarations = symbol.declarations ?? []
  const from = declarations[0]?.getSourceFile().fileName ?? ''
  if (isGenerated(from) || declarations.some(ts.isSourceFile))
    return `generated: ${relative(`${root}dist`, from).replace(/\.d\.ts$/, '.ts')}`
  const texts = declarations.map((declaration) => {
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
    const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    return text.replace(/^export (?:declare )?/, '')
  })
  return `\`\`\`ts\n${texts.join('\n')}\n\`\`\``
}
