/** Writes what the demo prints on standard input as docs/demo.svg. Started by `npm run demo:picture`. */
import { writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { text } from 'node:stream/consumers'

const columns = 118
const charWidth = 7.8
const lineHeight = 17
const margin = 16

const escaped = (line: string) => line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
const cut = (line: string) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line)

/** How a line looks: a title, something confirmed, QMP, or plain. */
function look(line: string): string {
  if (/^\[ *[\d.]+ ms\]/.test(line)) return 'title'
  if (/^ {2}ok /.test(line)) return 'ok'
  return /^ {2}qmp /.test(line) ? 'qmp' : 'plain'
}

const printed = (await text(process.stdin)).replaceAll(homedir(), '~').trim().split('\n')
const began = printed.findIndex((line) => look(line) === 'title')
if (began === -1) throw new Error('no demo on standard input')
const lines = printed.slice(began).map(cut)
const [width, height] = [columns * charWidth + 2 * margin, lines.length * lineHeight + 2 * margin]
const rows = lines.map((line, row) => {
  const y = margin + (row + 1) * lineHeight - 4
  return `<text xml:space="preserve" class="${look(line)}" x="${margin}" y="${y}">${escaped(line)}</text>`
})
const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="What npm run demo prints">
<style>
text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #d8dee9; white-space: pre }
.title { fill: #fff; font-weight: bold } .ok { fill: #a3be8c } .qmp { fill: #81a1c1 }
</style>
<rect width="100%" height="100%" rx="8" fill="#1e2430"/>
${rows.join('\n')}
</svg>
`
writeFileSync(new URL('../../docs/demo.svg', import.meta.url), picture)
console.log(`docs/demo.svg: ${lines.length} lines`)
