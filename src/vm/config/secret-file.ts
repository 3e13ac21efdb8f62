const prefix = 'secret-'

/** The file in a VM's directory in which QEMU finds a secret that its config has as a text. */
export const secretFile = (id: string): string => `${prefix}${id}`

export const isSecretFile = (name: string): boolean => name.startsWith(prefix)
