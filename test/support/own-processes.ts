const kill = process.kill.bind(process)

/** For a project's setupFiles: 0 is whoever runs the tests, too. A test that has no pid is told, in place of stopping them all. */
process.kill = (pid, signal) => {
  if (pid === 0) throw new Error('no process to signal: 0 is the group of whoever runs the tests')
  return kill(pid, signal)
}
