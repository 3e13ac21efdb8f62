export { type ErrorCode, type ErrorDetails, type Fault, QemuLaunchError } from './errors.ts'
