/**
 * A program that does some work with the library and kills itself at its `at`-th touch of the system: before or after a call that
 * makes, reads, renames or removes a file, starts a process, or listens, connects or writes to a socket. It prints what that was. A
 * look at the host's processes is no such step: there are as many of them as the host has processes, and nothing is changed between
 * two. The work is given `library`. After it the program prints `done` and kills itself.
 */
export const mortal = (work: string) => `
  import child_process from 'node:child_process'
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  import net from 'node:net'
  // Not before the launch: from Node.js 22 on the modules are read by these calls too.
  let count
  const looks = new Set()
  const isLook = (name, [file]) => name === 'closeSync' ? looks.delete(file) : String(file).startsWith('/proc/')
  const step = (what) => {
    if (count === undefined || ++count !== at) return
    fs.writeSync(1, what)
    process.kill(process.pid, 'SIGKILL')
  }
  const wrap = (object, name) => {
    const real = object[name]
    object[name] = function (...args) {
      if (isLook(name, args)) {
        const file = real.apply(this, args)
        if (name === 'openSync') looks.add(file)
        return file
      }
      step('before ' + name)
      const result = real.apply(this, args)
      if (typeof result?.then !== 'function') {
        step('after ' + name)
        return result
      }
      return result.then((value) => { step('after ' + name); return value })
    }
  }
  for (const name of ['mkdir', 'writeFile', 'rename', 'rm', 'unlink', 'open', 'readdir']) wrap(fs.promises, name)
  for (const name of ['openSync', 'closeSync']) wrap(fs, name)
  wrap(child_process, 'spawn')
  wrap(net.Server.prototype, 'listen')
  for (const name of ['connect', 'write']) wrap(net.Socket.prototype, name)
  syncBuiltinESMExports()
  const library = await import('qemu-launch')
  count = 0
  ${work}
  fs.writeSync(1, 'done')
  process.kill(process.pid, 'SIGKILL')
`
