type Labels = Readonly<Record<string, string>>

/** One number with its labels. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** Of a histogram: `bucket`, `sum` or `count`. */
  readonly part?: string
}

/** Numbers of one kind in Prometheus' text form, https://prometheus.io/docs/instrumenting/exposition_formats; no line without any. Pure. */
export function family(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string[] {
  if (samples.length === 0) return []
  const lines = samples.map(
    ({ labels, part, value }) =>
      `${name}${part === undefined ? '' : `_${part}`}{${labelText(labels)}} ${value}`,
  )
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...lines.map((line) => line.replace('{} ', ' ')),
  ]
}

const labelText = (labels: Labels) =>
  Object.entries(labels)
    .map(([key, text]) => `${key}="${escapeLabel(text)}"`)
    .join(',')

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
