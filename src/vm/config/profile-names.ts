export const profiles = ['balanced', 'throughput', 'latency', 'memory'] as const

/** What a VM is to be good at. */
export type Profile = (typeof profiles)[number]
