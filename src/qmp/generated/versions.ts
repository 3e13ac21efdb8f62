// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Commands as Commands7_2, Events as Events7_2 } from './qemu-7.2.ts'
import type { Commands as Commands8_2, Events as Events8_2 } from './qemu-8.2.ts'
import type { Commands as Commands10_0, Events as Events10_0 } from './qemu-10.0.ts'
import type { Commands as Commands11_1, Events as Events11_1 } from './qemu-11.1.ts'

/** What single versions of QEMU have. */
export interface Versions {
  '7.2': { commands: Commands7_2; events: Events7_2 }
  '8.2': { commands: Commands8_2; events: Events8_2 }
  '10.0': { commands: Commands10_0; events: Events10_0 }
  '11.1': { commands: Commands11_1; events: Events11_1 }
}
