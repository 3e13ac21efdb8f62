import { should, strict, text, z } from '../../../util/schema.ts'
import { keyval } from '../keyval.ts'
import { socketPath } from './socket-path.ts'
import { agentDevice, agentSocket, type Words } from './words.ts'

/** The channel of the guest agent. */
export const guestAgentSchema = z
  .union([z.boolean(), strict({ socket: socketPath })], {
    error: should('be true, false or {"socket": …}'),
  })
  .describe('A channel for qemu-guest-agent; its socket is in the directory of a launched VM unless given')

/** A virtio socket between the guest and its host. */
export const vsockSchema = strict({
  cid: z
    .int({ error: should('be a number from 3 to 4294967294') })
    .min(3)
    .max(0xfffffffe)
    .describe('The address of the guest; no other guest of this host may have it'),
})

/** How much of a log is kept unless its config says otherwise. */
export const defaultLogLimitKiB = 2048

const logLimit = should('be a number of KiB, 16 or more, or false')

/** The limit of a log. */
export const logLimitSchema = z
  .union([z.int().min(16), z.literal(false)], { error: logLimit })
  .optional()
  .describe(
    `How much of the log is kept, in KiB: ${defaultLogLimitKiB} when absent; false keeps all of it. Only for a launched VM`,
  )

const lineFields = { socket: socketPath.optional(), logFile: text.optional(), logLimitKiB: logLimitSchema }

/** A line of text from and to the guest: a socket, a file, or a socket with a file. */
export const lineSchema = strict(lineFields).superRefine(({ socket, logFile }, context) => {
  if (socket === undefined && logFile === undefined)
    context.addIssue({ code: 'custom', message: 'should have a socket, a logFile or both' })
})

/** A line as it is rendered. */
export type Line = z.output<typeof lineSchema> & {
  /** The log goes on where it ended: a launched VM's only. */
  readonly append?: boolean | undefined
}

interface Channels {
  readonly guestAgent?: z.output<typeof guestAgentSchema> | undefined
  readonly vsock?: z.output<typeof vsockSchema> | undefined
  readonly serials?: readonly Line[] | undefined
  readonly virtioConsole?: Line | undefined
  /** Whether a SPICE display wants its agent. */
  readonly hasSpice: boolean
  /** Names a file of the VM's own by its place. */
  readonly place: (name: string) => string
}

const controller = 'channels'
/** The port that qemu-guest-agent opens in the guest. */
const agentPort = 'org.qemu.guest_agent.0'
/** The port that spice-vdagent opens in the guest. */
const spicePort = 'com.redhat.spice.0'

/** The words of every channel between the guest and its host. */
export function channelWords({
  guestAgent,
  hasSpice,
  place,
  serials = [],
  virtioConsole,
  vsock,
}: Channels): Words {
  const hasAgent = guestAgent !== undefined && guestAgent !== false
  const needsController = hasAgent || virtioConsole !== undefined || hasSpice
  const socket = typeof guestAgent === 'object' ? guestAgent.socket : place(agentSocket)
  const onController = (driver: string, options: Readonly<Record<string, string>>) =>
    keyval(driver, Object.entries({ bus: `${controller}.0`, ...options }))
  return {
    chardevs: [
      ...serials.map((line, index) => lineChardev(`console${index + 1}`, line)),
      ...(hasAgent ? [lineChardev(agentDevice, { socket })] : []),
      ...(virtioConsole === undefined ? [] : [lineChardev('hvc0', virtioConsole)]),
      ...(hasSpice
        ? [
            keyval('spicevmc', [
              ['id', 'vdagent0'],
              ['name', 'vdagent'],
            ]),
          ]
        : []),
    ],
    devices: [
      ...(needsController ? [keyval('virtio-serial-pci', [['id', controller]])] : []),
      ...(hasAgent
        ? [onController('virtserialport', { chardev: agentDevice, id: agentDevice, name: agentPort })]
        : []),
      ...(virtioConsole === undefined ? [] : [onController('virtconsole', { chardev: 'hvc0', id: 'hvc0' })]),
      ...(hasSpice
        ? [onController('virtserialport', { chardev: 'vdagent0', id: 'vdagent0', name: spicePort })]
        : []),
      ...(vsock === undefined
        ? []
        : [
            keyval('vhost-vsock-pci', [
              ['id', 'vsock0'],
              ['guest-cid', vsock.cid],
            ]),
          ]),
    ],
    options: serials.flatMap((_, index) => ['-serial', `chardev:console${index + 1}`]),
    slots: (needsController ? 1 : 0) + (vsock === undefined ? 0 : 1),
  }
}

/** The value of `-chardev` for a line. */
export function lineChardev(id: string, { append, logFile, socket }: Line): string {
  const goesOn = logFile !== undefined && append === true ? true : undefined
  return socket === undefined
    ? keyval('file', [
        ['id', id],
        ['path', logFile],
        ['append', goesOn],
      ])
    : keyval('socket', [
        ['id', id],
        ['path', socket],
        ['server', true],
        ['wait', false],
        ['logfile', logFile],
        ['logappend', goesOn],
      ])
}
