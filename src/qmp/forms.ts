// JSON as QMP has it: for who talks to no QEMU, and does not load what does.
export type { JsonObject } from './json.ts'
export { stringifyJson } from './json-stringify.ts'
