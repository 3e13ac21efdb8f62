import { renderTypesFromIntrospection } from '../../qmp/index.ts'
import { askQemu, vmConfigJsonSchema } from '../../vm/index.ts'
import { volumeJsonSchema } from '../../volumes/index.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'

export async function schema(context: Context, { qemu = '' }: Options, what?: string): Promise<undefined> {
  if (what === 'qmp') {
    context.print(await typesOf(qemu))
    return
  }
  context.print(JSON.stringify(what === 'volume' ? volumeJsonSchema() : vmConfigJsonSchema(), undefined, 2))
}

/** A machine of its own is not needed: introspection tells of the binary. */
function typesOf(binary: string): Promise<string> {
  return askQemu(binary, ['-machine', 'none', '-S'], async (qmp) => {
    const { entities } = await qmp.schema({ fresh: true })
    const { qemu, package: build } = qmp.greeting.version
    const version = `${qemu.major}.${qemu.minor}.${qemu.micro} ${build}`.trim()
    return renderTypesFromIntrospection(entities, version).trimEnd()
  })
}
