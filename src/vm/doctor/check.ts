/** One thing a host should have. */
export interface HostCheck {
  readonly name: string
  /** `fail`: VMs will not run. `warn`: they run slower, or will hit a limit. `unknown`: it could not be read. */
  readonly status: 'ok' | 'warn' | 'fail' | 'unknown'
  readonly found: string
  readonly wanted: string
  readonly why: string
  /** What puts it right when it is not: a line for sysctl.d, a command, or words for a person. */
  readonly fix?: { readonly kind: 'sysctl' | 'command' | 'advice'; readonly text: string }
}
