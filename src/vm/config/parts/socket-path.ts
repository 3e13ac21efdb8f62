import { text } from '../../../util/schema.ts'
import { socketPathFault } from '../../../volumes/forms.ts'

/** The path of a unix socket. */
export const socketPath = text
  .superRefine((path, context) => {
    const fault = socketPathFault(path)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: `${JSON.stringify(path)} ${fault}` })
  })
  .describe('The path of a unix socket, at most 107 bytes')
