import { renderTypesFromIntrospection } from '../../qmp/index.ts'
import { askQemu } from '../../vm/index.ts'

/** The types of a QEMU. A machine of its own is not needed: introspection tells of the binary. */
export function typesOf(binary: string): Promise<string> {
  return askQemu(binary, ['-machine', 'none', '-S'], async (qmp) => {
    const { entities } = await qmp.schema({ fresh: true })
    const { qemu, package: build } = qmp.greeting.version
    const version = `${qemu.major}.${qemu.minor}.${qemu.micro} ${build}`.trim()
    return renderTypesFromIntrospection(entities, version).trimEnd()
  })
}
