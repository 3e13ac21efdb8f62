import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { freshName, testDirectory } from '../support/vm.ts'

const shells = ['bash', 'zsh', 'fish'] as const

/** In each shell, Ctrl-X prints the line that is being typed in brackets, and empties it. */
const setups: Record<(typeof shells)[number], { readonly command: string; readonly rc: string }> = {
  bash: {
    command: 'bash --noprofile --rcfile rc.bash -i',
    rc: `eval "$(qemu-launch completion bash)"
bind -x '"\\C-x": printf "[%s]" "$READLINE_LINE"; READLINE_LINE='
PS1='ready> '`,
  },
  zsh: {
    command: 'zsh -i',
    rc: `eval "$(qemu-launch completion zsh)"
typed() { print -rn -- "[$BUFFER]"; BUFFER= }
zle -N typed
bindkey '^X' typed
PS1='ready> '`,
  },
  fish: {
    command: 'fish --no-config -i --init-command "source rc.fish"',
    rc: `qemu-launch completion fish | source
bind \\cx 'printf "[%s]" (commandline); commandline ""'
set -g fish_greeting
function fish_prompt
  printf 'ready> '
end`,
  },
}

let dir: string
let env: NodeJS.ProcessEnv

beforeAll(() => {
  dir = join(testDirectory(), freshName('s'))
  // VMs without a record are listed as broken, and complete like any other.
  for (const vm of ['vms/web-1', 'other/db-1']) mkdirSync(join(dir, vm), { recursive: true })
  mkdirSync(join(dir, 'bin'))
  mkdirSync(join(dir, 'home'))
  writeFileSync(join(dir, 'config.json'), '{}')
  symlinkSync(fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)), join(dir, 'bin/qemu-launch'))
  env = {
    PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
    HOME: join(dir, 'home'),
    ZDOTDIR: join(dir, 'home'),
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
    QEMU_LAUNCH_STATE_DIR: join(dir, 'vms'),
  }
})

test.concurrent.for(shells)(
  '%s completes commands, options, values, VMs and files when Tab is pressed',
  async (shell, { onTestFinished }) => {
    const { command, rc } = setups[shell]
    writeFileSync(join(dir, shell === 'zsh' ? 'home/.zshrc' : `rc.${shell}`), `${rc}\n`)
    const lines = [
      ['at', 'attach '],
      ['kill w', 'kill web-1 '],
      ['--state-dir other kill d', '--state-dir other kill db-1 '],
      ['render --format=js', 'render --format=json '],
      ['wait web-1 --for po', 'wait web-1 --for port:'],
      ['wait web-1 --for port:', 'wait web-1 --for port:'],
      ['run conf', 'run config.json '],
    ]
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: dir,
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const closed = once(child, 'close')
    let output = ''
    const hears = async (pattern: RegExp) => {
      for (;;) {
        const found = pattern.exec(output)
        if (found) {
          output = output.slice(found.index + found[0].length)
          return found[1]
        }
        const [chunk] = await once(child.stdout, 'data')
        output += chunk
      }
    }
    onTestFinished(() => void child.kill())
    await hears(/ready> /)
    const completed: (string | undefined)[] = []
    for (const [line] of lines) {
      child.stdin.write(`qemu-launch ${line}\t\x18`)
      completed.push(await hears(/\[(qemu-launch [^\]]*)\]/))
    }
    child.stdin.write('exit\r')
    await closed
    expect(completed).toEqual(lines.map(([, line]) => `qemu-launch ${line}`))
  },
)
