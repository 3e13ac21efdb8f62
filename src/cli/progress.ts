const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size for people, with three digits. Pure. */
export function formatBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  return `${size.toFixed(digits)} ${units[unit]}`
}

/** How far a transfer is: what is done, the rate, and the time left where the whole is known. Pure. */
export function formatProgress(done: number, elapsedMs: number, total?: number): string {
  const rate = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
  const speed = `${formatBytes(rate)}/s`
  if (total === undefined) return `${formatBytes(done)}, ${speed}`
  const left = rate > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : ''
  return `${formatBytes(done)} of ${formatBytes(total)}, ${speed}${done < total ? left : ''}`
}
