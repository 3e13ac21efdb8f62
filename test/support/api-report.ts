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
  const program = declarations()
  return new Map(
    Object.entries(entries).map(([entry, file]) => [entry, report(entry, program, `${root}${file}`)]),
  )
}

let made: ts.Program | undefined
function declarations(): ts.Program {
  const files = Object.values(entries).map((file) => `${root}${file}`)
  const { ESNext } = ts.ScriptTarget
  made ??= ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ESNext,
    strict: true,
    noEmit: true,
  })
  return made
}

/** The functions and methods that give a promise and take no `signal`, by name: `createTemplate`, `Vm.kill`. */
export function callsWithoutSignal(): readonly string[] {
  const program = declarations()
  const checker = program.getTypeChecker()
  const found = new Set<string>()
  const takesSignal = (type: ts.Type): boolean =>
    type.isUnionOrIntersection()
      ? type.types.some(takesSignal)
      : checker.getPropertyOfType(type, 'signal') !== undefined
  const look = (name: string, symbol: ts.Symbol) => {
    for (const call of checker.getTypeOfSymbol(symbol).getCallSignatures()) {
      const isPromise = call.getReturnType().symbol?.name === 'Promise'
      const types = call.parameters.map((parameter) => checker.getTypeOfSymbol(parameter))
      if (isPromise && !types.some(takesSignal)) found.add(name)
    }
  }
  const members = (of: string, type: ts.Type) => {
    for (const member of checker.getPropertiesOfType(type))
      if (/^\w+$/.test(member.name) && !member.name.startsWith('__')) look(`${of}.${member.name}`, member)
  }
  for (const file of Object.values(entries)) {
    const source = program.getSourceFile(`${root}${file}`)
    const module = source && checker.getSymbolAtLocation(source)
    for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      look(symbol.name, symbol)
      if (symbol.flags & ts.SymbolFlags.Class) members(symbol.name, checker.getTypeOfSymbol(symbol))
      if (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))
        members(symbol.name, checker.getDeclaredTypeOfSymbol(symbol))
    }
  }
  return [...found].sort()
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
