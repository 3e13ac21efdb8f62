/** A kind of argument: how it is read, and what to say of a wrong one. */
export interface ArgumentKind<T> {
  /** Returns undefined when the text is wrong. */
  readonly read: (text: string) => T | undefined
  readonly should: string
}

export const milliseconds: ArgumentKind<number> = {
  read: (text) => (/^\d+$/.test(text) && Number(text) <= 2 ** 31 - 1 ? Number(text) : undefined),
  should: 'It should be a number of milliseconds.',
}

export const directory: ArgumentKind<string> = {
  read: (text) => text || undefined,
  should: 'It should be a directory.',
}

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

export const sizeOfDisk: ArgumentKind<number> = {
  read: (text) => {
    const [, digits = '', unit = ''] = /^(\d{1,15})([KMGT]?)$/.exec(text) ?? []
    const size = Number(digits) * (units[unit] ?? 0)
    return size > 0 && Number.isSafeInteger(size) ? size : undefined
  },
  should: 'It should be a size, such as 10G, 512M or a number of bytes.',
}

export const countOfVms: ArgumentKind<number> = {
  read: (text) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined),
  should: 'It should be a number of VMs, 1 or more.',
}

export const countOfMib: ArgumentKind<number> = {
  read: (text) => (/^[1-9]\d{0,7}$/.test(text) ? Number(text) : undefined),
  should: 'It should be a number of MiB, 1 or more.',
}

export const countOfLines: ArgumentKind<number> = {
  read: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  should: 'It should be a number of lines.',
}

export const countOfTables: ArgumentKind<number> = {
  read: (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined),
  should: 'It should be a number of tables, 1 or more.',
}
