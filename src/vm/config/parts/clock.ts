import { should, strict, z } from '../../../util/schema.ts'
import { keyval } from '../keyval.ts'
import type { Words } from './words.ts'

const base = should('be utc, localtime or a time such as 2026-01-31T12:00:00')

/** The clock of the machine. */
export const rtcSchema = strict({
  base: z
    .string({ error: base })
    .regex(/^(?:utc|localtime|\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d)?)$/, { error: base })
    .default('utc')
    .describe('What the clock shows at the start; Windows expects localtime'),
  clock: z
    .enum(['host', 'rt', 'vm'])
    .optional()
    .describe(
      'The clock that it follows: host is the wall clock, rt the monotonic clock, vm a clock that stops with the VM',
    ),
  driftFix: z.enum(['none', 'slew']).optional().describe('slew makes up for timer interrupts that came late'),
})

/** The words of the clock. */
export function clockWords(rtc: z.output<typeof rtcSchema> | undefined): Words {
  if (rtc === undefined) return {}
  const options = keyval(undefined, [
    ['base', rtc.base],
    ['clock', rtc.clock],
    ['driftfix', rtc.driftFix],
  ])
  return { options: ['-rtc', options] }
}

/** What Windows wants to find under KVM, https://www.qemu.org/docs/master/system/i386/hyperv.html. */
export const hyperVFeatures = [
  'hv_relaxed',
  'hv_vapic',
  'hv_spinlocks=0x1fff',
  'hv_vpindex',
  'hv_runtime',
  'hv_time',
  'hv_synic',
  'hv_stimer',
  'hv_reset',
  'hv_ipi',
] as const
