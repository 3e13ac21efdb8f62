import type { NbdkitSpec, ServerSpec } from './spec.ts'

type Size = string | number
type Delay = `${number}` | `${number}ms` | number
type Toggle = boolean | string

/** Parameters of filters that disks are often served with, for editors. nbdkit itself says what is wrong with one. */
interface KnownFilters {
  cache: {
    cache?: 'writeback' | 'writethrough' | 'unsafe'
    'cache-on-read'?: Toggle
    'cache-max-size'?: Size
    'cache-high-threshold'?: Size
    'cache-low-threshold'?: Size
  }
  cow: { 'cow-block-size'?: Size; 'cow-on-cache'?: Toggle; 'cow-on-read'?: Toggle }
  delay: {
    rdelay?: Delay
    wdelay?: Delay
    'delay-read'?: Delay
    'delay-write'?: Delay
    'delay-zero'?: Delay
    'delay-trim'?: Delay
    'delay-open'?: Delay
    'delay-close'?: Delay
  }
  error: { error?: string; 'error-rate'?: Size; 'error-file'?: string }
  log: { logfile: string; logappend?: Toggle }
  rate: { rate?: Size; 'rate-file'?: string; 'connection-rate'?: Size }
  /** Writes its figures when the server ends, and not before. */
  stats: { statsfile: string; statsappend?: Toggle }
}

type Filters = {
  [Name in keyof KnownFilters]: { readonly name: Name; readonly parameters?: KnownFilters[Name] }
}[keyof KnownFilters]
type Filter = NonNullable<NbdkitSpec['filters']>[number]

/** As a person writes it: the name of a filter, or the name with its parameters. */
type NbdkitSpecInput = Omit<NbdkitSpec, 'filters'> & {
  readonly filters?: readonly (Filters | Filter)[] | undefined
}

/** What a server is to serve, and where. */
export type ServerSpecInput = NbdkitSpecInput | Exclude<ServerSpec, NbdkitSpec>
