/** Why something failed, in one line; of a program, the first that it said on standard error. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error))
  const { code, syscall = '', path, stderr = '' }: NodeJS.ErrnoException & { stderr?: unknown } = error
  if (code === 'ENOENT' && syscall.startsWith('spawn')) return `${path} is not installed`
  const said = String(stderr).trim().split('\n', 1).join()
  return oneLine(said === '' ? error.message : said)
}

const oneLine = (text: string) => text.trim().replaceAll(/\s+/g, ' ')
