export const profiles = ['balanced', 'throughput', 'latency', 'memory'] as const

/** What a VM is tuned for. */
export type Profile = (typeof profiles)[number]
