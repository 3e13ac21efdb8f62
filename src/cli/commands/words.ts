import { stringifyJson } from '../../qmp/forms.ts'
import {
  formatShell,
  parseConfigDocument,
  renderArgv,
  resolveChecked,
  vmConfigJsonSchema,
  withProfile,
} from '../../vm/forms.ts'
import { planAttach, planDetach, volumeJsonSchema } from '../../volumes/forms.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'

export async function render(context: Context, { format }: Options, path = '-'): Promise<undefined> {
  const config = parseConfigDocument(await context.readConfig(path))
  const { choices, profile } = { ...withProfile(config), profile: config.profile }
  for (const { path, value, why } of choices) context.note(`profile ${profile}: ${path} = ${value}: ${why}`)
  const isServed = config.volumes.some(({ serve }) => serve !== undefined)
  const argv = renderArgv(resolveChecked(config, isServed ? { stateDir: context.stateDir } : {}))
  if (context.json || format === 'json') context.print(JSON.stringify(argv))
  else context.print(format === 'lines' ? argv.join('\n') : formatShell(argv))
}

export async function plan(
  context: Context,
  options: Options,
  what?: string,
  volume = '',
): Promise<undefined> {
  const preset = options.preset ?? 'safe'
  const commands =
    what === 'detach'
      ? planDetach(volume, { preset })
      : planAttach(await context.readVolume(volume), { preset })
  context.result(commands, commands.map((command) => stringifyJson(command)).join('\n'))
}

export async function schema(context: Context, { qemu = '' }: Options, what?: string): Promise<undefined> {
  if (what === 'qmp') {
    const { typesOf } = await import('./schema.ts')
    context.print(await typesOf(qemu))
    return
  }
  context.print(JSON.stringify(what === 'volume' ? volumeJsonSchema() : vmConfigJsonSchema(), undefined, 2))
}
