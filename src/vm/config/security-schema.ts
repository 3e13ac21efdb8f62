import { should, shouldHave, strict, text, z } from '../../util/schema.ts'
import { qemuId } from '../../volumes/forms.ts'

const verdict = z.enum(['allow', 'deny']).optional()

const sandboxSchema = strict({
  obsolete: verdict,
  elevatePrivileges: verdict,
  spawn: verdict,
  resourceControl: verdict,
})

/** What a VM may do to its host. What is not said here a launch says, on the safe side. */
export const securitySchema = strict({
  sandbox: z
    .union([z.boolean(), sandboxSchema], {
      error: should('be true, false or {"obsolete", "elevatePrivileges", "spawn", "resourceControl"}'),
    })
    .optional()
    .describe(
      'The system calls that QEMU may make. A launched VM is denied all four groups unless the config allows one',
    ),
  defaultDevices: z
    .boolean()
    .optional()
    .describe('Whether QEMU adds its own network card, screen, CD-ROM and ports; not to a launched VM'),
  userConfig: z
    .boolean()
    .optional()
    .describe('Whether QEMU reads the configuration files of its user; not for a launched VM'),
  openMonitors: z.boolean().optional().describe('Allows monitors that anybody who reaches this host can use'),
})

const scopeName = should('be the name of a unit without its ending, such as vm-web')
const unitName = z.string({ error: scopeName }).regex(/^[A-Za-z0-9][\w.:@-]{0,200}$/, { error: scopeName })
const user = should('be the name of a user, or uid:gid')

/** What QEMU's process is to its host. */
export const processSchema = strict({
  user: z
    .string({ error: user })
    .regex(/^(?:[A-Za-z_][\w.-]*|\d{1,10}:\d{1,10})$/, { error: user })
    .optional()
    .describe('The user that QEMU becomes when it has opened its files; needs root'),
  oomScoreAdjust: z
    .int({ error: should('be a number from -1000 to 1000') })
    .min(-1000)
    .max(1000)
    .optional()
    .describe('How soon the kernel ends it when memory is short: -1000 never, 1000 first'),
  cgroup: text
    .regex(/^\//, { error: should('be the absolute path of a cgroup') })
    .optional()
    .describe('The directory of an existing cgroup, in which QEMU starts'),
  scope: strict({ unit: unitName.optional(), slice: unitName.optional() })
    .optional()
    .describe('A systemd scope of its own; the unit is vm-<name> when absent'),
})

const secretFields = strict({
  id: qemuId,
  file: text.optional(),
  data: z.string({ error: 'should be a text' }).optional(),
})

/** The name of a secret, whatever else is wrong with it. */
export const secretIdSchema = z.object({ id: secretFields.shape.id })

/** A text that no command line may show. */
export const secretSchema = secretFields.superRefine(({ file, data }, context) => {
  if ((file === undefined) === (data === undefined)) {
    context.addIssue({ code: 'custom', message: 'should have either file or data' })
  }
})

const port = z.int().min(1).max(65535)
const host = should('be an address or a name, such as 127.0.0.1 or ::1')

/** A monitor that listens on the network. */
export const networkMonitorSchema = strict({
  type: z.enum(['tcp', 'websocket']),
  host: z.string({ error: host }).regex(/^[\w.:-]+$/, { error: host }),
  port,
  tls: strict({
    dir: text.describe('Holds ca-cert.pem, server-cert.pem and server-key.pem'),
    verifyPeer: z.boolean().default(true).describe('Whether a client needs a certificate'),
  }).optional(),
})

/** Where QEMU listens for QMP. */
export function monitorSchema<Path extends z.ZodType<string, string>>(socketPath: Path) {
  return z.discriminatedUnion(
    'type',
    [strict({ type: z.literal('unix').optional(), path: socketPath }), networkMonitorSchema],
    {
      error: shouldHave(
        'type',
        ['unix', 'tcp', 'websocket'],
        'be {"path": …} or {"type": "tcp", "host": …, "port": …, "tls": {"dir": …}}',
      ),
    },
  )
}
