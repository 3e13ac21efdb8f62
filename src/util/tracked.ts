/** Keeps the end of some work among those to be waited for, until it is over. */
export function tracked<T>(ends: Set<Promise<void>>, work: Promise<T>): Promise<T> {
  const end: Promise<void> = work.then(
    () => void ends.delete(end),
    () => void ends.delete(end),
  )
  ends.add(end)
  return end.then(() => work)
}
