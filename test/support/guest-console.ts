import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** What a command in the guest said (standard output and standard error, as they came) and how it ended. */
export interface GuestAnswer {
  readonly output: string
  readonly status: number
}

export interface GuestRunOptions {
  readonly timeoutMs?: number
}

interface ReadyOptions extends GuestRunOptions {
  /**
   * Whether to ask a guest that says nothing, which may have been up before; true unless given. An ARM guest must not be
   * asked while it boots: when more comes than its UART holds before the kernel opens it, the UART interrupts no more.
   * UEFI takes what it hears for keys.
   */
  readonly ask?: boolean
}

const defaultTimeoutMs = 60_000
/** A terminal in line mode drops what exceeds 4095 bytes before the line feed. */
const maxLineBytes = 4000
const keptLogLength = 64 * 1024

/**
 * Drives the shell that the test guest runs on its serial console, over any byte stream to it. The stream is read from
 * the first moment to the last, because a serial port that nobody reads stalls the guest.
 */
export class GuestConsole {
  readonly #stream: Duplex
  readonly #decoder = new StringDecoder('utf8')
  /** What arrived since the last answer was taken. */
  #unread = ''
  #log = ''
  #queue: Promise<unknown> = Promise.resolve()
  #ended = false
  /** Called when there is something new: text, or the end of the stream. */
  #onNews: () => void = () => {}

  private constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#receive(this.#decoder.write(chunk)))
    stream.on('error', () => this.#end())
    stream.on('close', () => this.#end())
    stream.on('end', () => this.#end())
  }

  /** Starts reading. The guest may be off, booting or up: `waitForReady` tells. */
  static attach(stream: Duplex): GuestConsole {
    return new GuestConsole(stream)
  }

  /** The last 64 KiB the guest wrote, for error messages. */
  get log(): string {
    return this.#log
  }

  /** Resolves when the shell answers, also when the guest was up long before. Rejects at the deadline or the stream's end. */
  async waitForReady({ timeoutMs = 180_000, ask: mayAsk = true }: ReadyOptions = {}): Promise<void> {
    const nonce = newNonce()
    const marker = `${nonce}-up`
    // Asking is for a guest that was up before we came. Of what is sent to one that boots, bytes are lost: were there
    // a quote among the others, the shell would take all that follows for quoted.
    const ask = () => this.#stream.write(`\nprintf %s-up ${nonce}\n`)
    const asking = mayAsk ? setInterval(ask, 1000) : undefined
    try {
      await this.#enqueue(() =>
        this.#wait(
          'the guest to be ready',
          timeoutMs,
          (text) => text.includes('GUEST READY') || text.includes(marker),
        ),
      )
    } finally {
      clearInterval(asking)
    }
  }

  /**
   * Runs one command line in a shell of its own, without standard input; commands wait for each other. After a
   * timeout (an error that shows the last console lines) the guest may still be busy with it.
   */
  run(command: string, { timeoutMs = defaultTimeoutMs }: GuestRunOptions = {}): Promise<GuestAnswer> {
    const nonce = newNonce()
    // The markers are put together by the guest, so that an echo of this line is not taken for one.
    const line = `printf '<%s begin>' ${nonce}; sh -c ${quote(command)} </dev/null 2>&1; printf '<%s end %d>' ${nonce} $?\n`
    if (Buffer.byteLength(line) > maxLineBytes) {
      return Promise.reject(
        new Error(`command too long for a serial console: ${Buffer.byteLength(line)} bytes`),
      )
    }
    const begin = `<${nonce} begin>`
    const end = new RegExp(`<${nonce} end (\\d+)>`)
    return this.#enqueue(async () => {
      const seen = this.#wait(`\`${command}\` in the guest`, timeoutMs, (text) => end.test(text))
      this.#stream.write(line)
      const text = await seen
      const found = end.exec(text)
      const start = text.indexOf(begin)
      if (found === null || start === -1)
        throw new Error(`garbled answer of the guest: ${JSON.stringify(text)}`)
      return { output: text.slice(start + begin.length, found.index), status: Number(found[1]) }
    })
  }

  /** As `run`, for commands that must succeed: resolves with the output, trailing line feeds removed. */
  async check(command: string, options: GuestRunOptions = {}): Promise<string> {
    const { output, status } = await this.run(command, options)
    if (status !== 0) throw new Error(`\`${command}\` in the guest ended with status ${status}: ${output}`)
    return output.replace(/\n+$/, '')
  }

  /** Loads the modules that no guest loads by itself: of SCSI, virtiofs, virtio-mem and the balloon. */
  async loadModules(): Promise<void> {
    await this.check('while read -r module; do insmod "/modules/$module.ko"; done </modules/later')
  }

  /** The name (`vda`) of the disk with this serial number; undefined when the guest has none. */
  async diskBySerial(serial: string): Promise<string | undefined> {
    return (await this.check(`${findDisk(serial)} find; echo $disk`)) || undefined
  }

  /** Waits in the guest for the disk with this serial number until it can be opened: its partitions have been looked for. */
  async waitForDisk(serial: string, { timeoutMs = 30_000 }: GuestRunOptions = {}): Promise<string> {
    const name = await this.#waitInGuest(
      serial,
      // The device file may be there before its disk: opening it fails then, which is no part of the answer.
      'until find && [ -b /dev/$disk ] && { true </dev/$disk; } 2>/dev/null',
      timeoutMs,
    )
    if (!name) throw new Error(`no disk with serial ${serial} appeared in the guest within ${timeoutMs} ms`)
    return name
  }

  /** Waits in the guest until no disk has this serial number. */
  async waitForDiskGone(serial: string, { timeoutMs = 30_000 }: GuestRunOptions = {}): Promise<void> {
    const name = await this.#waitInGuest(serial, 'while find', timeoutMs)
    if (name)
      throw new Error(`the disk ${name} with serial ${serial} is still in the guest after ${timeoutMs} ms`)
  }

  /** How many hardware queues the guest's driver uses for this disk (`vda`). */
  async queueCount(disk: string): Promise<number> {
    return Number(await this.check(`ls -d /sys/block/${quote(disk)}/mq/* | wc -l`))
  }

  /** Closes the stream; a wait that goes on rejects. */
  close(): void {
    this.#stream.destroy()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @returns the name of the disk when the wait is over, empty when there is none. */
  #waitInGuest(serial: string, loop: string, timeoutMs: number): Promise<string> {
    // The shell's own `read` with a time limit waits 5 ms without starting a process. The hundredths have a 1 before them
    // on their way: 08 alone would be a bad octal number.
    const wait =
      `${findDisk(serial)} mkfifo /tmp/never 2>/dev/null; exec 3<>/tmp/never; now() { read -r up rest </proc/uptime; ` +
      `now=$((\${up%.*} * 100 + 1\${up#*.} - 100)); }; now; limit=$((now + ${Math.ceil(timeoutMs / 10)})); ` +
      `${loop}; do now; [ $now -lt $limit ] || break; read -r -t 0.005 rest <&3; done; echo $disk`
    return this.check(wait, { timeoutMs: timeoutMs + defaultTimeoutMs })
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => {})
    return result
  }

  /** Resolves with what arrived up to now as soon as `look` is content with it. */
  #wait(what: string, timeoutMs: number, look: (text: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer)
        this.#onNews = () => {}
      }
      const fail = (reason: string) => {
        finish()
        reject(new Error(`${reason}; the console said last:\n${this.#log.slice(-2000)}`))
      }
      const timer = setTimeout(() => fail(`waited ${timeoutMs} ms for ${what}`), timeoutMs)
      this.#onNews = () => {
        if (look(this.#unread)) {
          const text = this.#unread
          this.#unread = ''
          finish()
          resolve(text)
        } else if (this.#ended) {
          fail(`the console closed while waiting for ${what}`)
        }
      }
      this.#onNews()
    })
  }

  #receive(text: string): void {
    this.#log = (this.#log + text).slice(-keptLogLength)
    this.#unread += text
    this.#onNews()
  }

  #end(): void {
    this.#ended = true
    this.#onNews()
  }
}

const newNonce = () => randomBytes(6).toString('hex')

/** One word of the shell. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** Shell text that defines `find`: true when the disk with this serial is there, and then its name is in $disk. */
const findDisk = (serial: string) =>
  `find() { for file in /sys/block/*/serial; do text=; { read -r text <"$file"; } 2>/dev/null; ` +
  `[ "$text" = ${quote(serial)} ] || continue; disk=\${file#/sys/block/}; disk=\${disk%/serial}; return 0; done; disk=; return 1; };`
