export {
  createFakeQmpServer,
  type FakeHandler,
  type FakeQmpServer,
  type FakeQmpServerOptions,
} from './fake-qmp-server.ts'
export { linkedPair } from './linked-pair.ts'
export { FakeQmpError, type FakeReply, NO_REPLY, type ReceivedCommand } from './script.ts'
