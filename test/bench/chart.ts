import type { Row } from './rounds.ts'

const width = 760
const labelWidth = 250
const lineHeight = 18
const barHeight = 12

/** An SVG chart of rows: for each one bar a variant, in units of the row's floor, with the target as a line. Pure. */
export function chart(title: string, rows: readonly Row[]): string {
  let y = 30
  const parts = rows.map((row) => {
    const part = bars(row, y)
    y += part.height + 10
    return part.svg
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${y}" fill="white"/>`,
    `<text x="8" y="18" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function bars(row: Row, top: number): { svg: string; height: number } {
  const variants: [string, number][] = [
    ['ours', row.ours],
    ['floor', row.floor],
    ...Object.entries(row.peers),
  ]
  const limit = row.bound === 'excess' ? row.floor + row.target : row.floor * row.target
  const most = Math.max(limit, ...variants.map(([, cost]) => cost))
  const scale = (cost: number) => Math.max((cost / most) * (width - labelWidth - 80), 1)
  const height = lineHeight * (variants.length + 1)
  const lines = variants.map(([name, cost], index) => {
    const y = top + lineHeight * (index + 1)
    const fill =
      name === 'ours' ? (row.met ? '#2e7d32' : '#c62828') : name === 'floor' ? '#607d8b' : '#b0bec5'
    return [
      `<text x="${labelWidth - 6}" y="${y + 10}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${labelWidth}" y="${y}" width="${scale(cost).toFixed(1)}" height="${barHeight}" fill="${fill}"/>`,
      `<text x="${(labelWidth + scale(cost) + 4).toFixed(1)}" y="${y + 10}">${cost} ${escaped(row.unit)}</text>`,
    ].join('\n')
  })
  const x = (labelWidth + scale(limit)).toFixed(1)
  return {
    height,
    svg: [
      `<text x="8" y="${top + 12}" font-weight="bold">${escaped(row.name)}</text>`,
      ...lines,
      `<line x1="${x}" x2="${x}" y1="${top + lineHeight - 2}" y2="${top + height}" stroke="black" stroke-dasharray="3 2"/>`,
    ].join('\n'),
  }
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
