// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64 } from '../common-types.ts'
import type { SocketAddressLegacy } from './sockets.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevInfo)
 * @since 0.14
 */
export type ChardevInfo = {
  readonly label: string
  readonly filename: string
  /** @since 2.1 */
  readonly 'frontend-open': boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevBackendInfo)
 * @since 2.0
 */
export type ChardevBackendInfo = {
  readonly name: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-char.DataFormat)
 * @since 1.4
 */
export type DataFormat = 'utf8' | 'base64'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevCommon)
 * @since 2.6
 */
export type ChardevCommon = {
  readonly logfile?: string | undefined
  readonly logappend?: boolean | undefined
  /** @since 11.0 */
  readonly logtimestamp?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevFile)
 * @since 1.4
 */
export type ChardevFile = ChardevCommon & {
  readonly in?: string | undefined
  readonly out: string
  /** @since 2.6 */
  readonly append?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevHostdev)
 * @since 1.4
 */
export type ChardevHostdev = ChardevCommon & {
  readonly device: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevSocket)
 * @since 1.4
 */
export type ChardevSocket = ChardevCommon & {
  readonly addr: SocketAddressLegacy
  /** @since 2.6 */
  readonly 'tls-creds'?: string | undefined
  /** @since 4.0 */
  readonly 'tls-authz'?: string | undefined
  readonly server?: boolean | undefined
  readonly wait?: boolean | undefined
  readonly nodelay?: boolean | undefined
  readonly telnet?: boolean | undefined
  /** @since 2.10 */
  readonly tn3270?: boolean | undefined
  /** @since 3.1 */
  readonly websocket?: boolean | undefined
  /** @since 9.2 */
  readonly 'reconnect-ms'?: Int64 | undefined
  /**
   * @since 2.2
   * @removed in 11.1 or before
   * @deprecated
   */
  readonly reconnect?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevUdp)
 * @since 1.5
 */
export type ChardevUdp = ChardevCommon & {
  readonly remote: SocketAddressLegacy
  readonly local?: SocketAddressLegacy | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevMux)
 * @since 1.5
 */
export type ChardevMux = ChardevCommon & {
  readonly chardev: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevHub)
 * @since 10.0
 */
export type ChardevHub = ChardevCommon & {
  readonly chardevs: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevStdio)
 * @since 1.5
 */
export type ChardevStdio = ChardevCommon & {
  readonly signal?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevSpiceChannel)
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpiceChannel = ChardevCommon & {
  readonly type: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevSpicePort)
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpicePort = ChardevCommon & {
  readonly fqdn: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-char.ChardevVCEncoding)
 * @since 11.1
 */
export type ChardevVCEncoding = 'cp437' | 'utf8'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevDBus)
 * @since 7.0
 * @if CONFIG_DBUS_DISPLAY
 */
export type ChardevDBus = ChardevCommon & {
  readonly name: string
  /** @since 11.1 */
  readonly encoding?: ChardevVCEncoding | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevVC)
 * @since 1.5
 */
export type ChardevVC = ChardevCommon & {
  readonly width?: Int64 | undefined
  readonly height?: Int64 | undefined
  readonly cols?: Int64 | undefined
  readonly rows?: Int64 | undefined
  /** @since 11.1 */
  readonly encoding?: ChardevVCEncoding | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevRingbuf)
 * @since 1.5
 */
export type ChardevRingbuf = ChardevCommon & {
  readonly size?: Int64 | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevQemuVDAgent)
 * @since 6.1
 * @if CONFIG_SPICE_PROTOCOL
 */
export type ChardevQemuVDAgent = ChardevCommon & {
  readonly mouse?: boolean | undefined
  readonly clipboard?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevPty)
 * @since 9.2
 */
export type ChardevPty = ChardevCommon & {
  readonly path?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-char.ChardevBackendKind)
 * @since 1.4
 */
export type ChardevBackendKind =
  | 'file'
  /** @if HAVE_CHARDEV_SERIAL */
  | 'serial'
  /** @if HAVE_CHARDEV_PARALLEL */
  | 'parallel'
  /** @since 1.5 */
  | 'pipe'
  | 'socket'
  /** @since 1.5 */
  | 'udp'
  | 'pty'
  | 'null'
  /** @since 1.5 */
  | 'mux'
  /** @since 10.0 */
  | 'hub'
  /** @since 1.5 */
  | 'msmouse'
  /** @since 2.9 */
  | 'wctablet'
  /**
   * @since 1.5
   * @if CONFIG_BRLAPI
   */
  | 'braille'
  /** @since 2.2 */
  | 'testdev'
  /** @since 1.5 */
  | 'stdio'
  /**
   * @since 1.5
   * @if CONFIG_WIN32
   */
  | 'console'
  /**
   * @since 1.5
   * @if CONFIG_SPICE
   */
  | 'spicevmc'
  /**
   * @since 1.5
   * @if CONFIG_SPICE
   */
  | 'spiceport'
  /**
   * @since 6.1
   * @if CONFIG_SPICE_PROTOCOL
   */
  | 'qemu-vdagent'
  /**
   * @since 7.0
   * @if CONFIG_DBUS_DISPLAY
   */
  | 'dbus'
  /** @since 1.5 */
  | 'vc'
  /** @since 1.6 */
  | 'ringbuf'
  /**
   * @since 1.5
   * @deprecated
   */
  | 'memory'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevFileWrapper)
 * @since 1.4
 */
export type ChardevFileWrapper = {
  readonly data: ChardevFile
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevHostdevWrapper)
 * @since 1.4
 */
export type ChardevHostdevWrapper = {
  readonly data: ChardevHostdev
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevSocketWrapper)
 * @since 1.4
 */
export type ChardevSocketWrapper = {
  readonly data: ChardevSocket
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevUdpWrapper)
 * @since 1.5
 */
export type ChardevUdpWrapper = {
  readonly data: ChardevUdp
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevCommonWrapper)
 * @since 2.6
 */
export type ChardevCommonWrapper = {
  readonly data: ChardevCommon
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevMuxWrapper)
 * @since 1.5
 */
export type ChardevMuxWrapper = {
  readonly data: ChardevMux
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevHubWrapper)
 * @since 10.0
 */
export type ChardevHubWrapper = {
  readonly data: ChardevHub
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevStdioWrapper)
 * @since 1.5
 */
export type ChardevStdioWrapper = {
  readonly data: ChardevStdio
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevSpiceChannelWrapper)
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpiceChannelWrapper = {
  readonly data: ChardevSpiceChannel
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevSpicePortWrapper)
 * @since 1.5
 * @if CONFIG_SPICE
 */
export type ChardevSpicePortWrapper = {
  readonly data: ChardevSpicePort
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevQemuVDAgentWrapper)
 * @since 6.1
 * @if CONFIG_SPICE_PROTOCOL
 */
export type ChardevQemuVDAgentWrapper = {
  readonly data: ChardevQemuVDAgent
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevDBusWrapper)
 * @since 7.0
 * @if CONFIG_DBUS_DISPLAY
 */
export type ChardevDBusWrapper = {
  readonly data: ChardevDBus
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevVCWrapper)
 * @since 1.5
 */
export type ChardevVCWrapper = {
  readonly data: ChardevVC
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevRingbufWrapper)
 * @since 1.5
 */
export type ChardevRingbufWrapper = {
  readonly data: ChardevRingbuf
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevPtyWrapper)
 * @since 9.2
 */
export type ChardevPtyWrapper = {
  readonly data: ChardevPty
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevBackend)
 * @since 1.4
 */
export type ChardevBackend = (
  | ({ readonly type: 'file' } & ChardevFileWrapper)
  /** @if HAVE_CHARDEV_SERIAL */
  | ({ readonly type: 'serial' } & ChardevHostdevWrapper)
  /** @if HAVE_CHARDEV_PARALLEL */
  | ({ readonly type: 'parallel' } & ChardevHostdevWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'pipe' } & ChardevHostdevWrapper)
  | ({ readonly type: 'socket' } & ChardevSocketWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'udp' } & ChardevUdpWrapper)
  | ({ readonly type: 'pty' } & (ChardevPtyWrapper | ChardevCommonWrapper))
  | ({ readonly type: 'null' } & ChardevCommonWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'mux' } & ChardevMuxWrapper)
  /** @since 10.0 */
  | ({ readonly type: 'hub' } & ChardevHubWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'msmouse' } & ChardevCommonWrapper)
  /** @since 2.9 */
  | ({ readonly type: 'wctablet' } & ChardevCommonWrapper)
  /**
   * @since 1.5
   * @if CONFIG_BRLAPI
   */
  | ({ readonly type: 'braille' } & ChardevCommonWrapper)
  /** @since 2.2 */
  | ({ readonly type: 'testdev' } & ChardevCommonWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'stdio' } & ChardevStdioWrapper)
  /**
   * @since 1.5
   * @if CONFIG_WIN32
   */
  | ({ readonly type: 'console' } & ChardevCommonWrapper)
  /**
   * @since 1.5
   * @if CONFIG_SPICE
   */
  | ({ readonly type: 'spicevmc' } & ChardevSpiceChannelWrapper)
  /**
   * @since 1.5
   * @if CONFIG_SPICE
   */
  | ({ readonly type: 'spiceport' } & ChardevSpicePortWrapper)
  /**
   * @since 6.1
   * @if CONFIG_SPICE_PROTOCOL
   */
  | ({ readonly type: 'qemu-vdagent' } & ChardevQemuVDAgentWrapper)
  /**
   * @since 7.0
   * @if CONFIG_DBUS_DISPLAY
   */
  | ({ readonly type: 'dbus' } & ChardevDBusWrapper)
  /** @since 1.5 */
  | ({ readonly type: 'vc' } & ChardevVCWrapper)
  /** @since 1.6 */
  | ({ readonly type: 'ringbuf' } & ChardevRingbufWrapper)
  /**
   * @since 1.5
   * @deprecated
   */
  | ({ readonly type: 'memory' } & ChardevRingbufWrapper)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-char.ChardevReturn)
 * @since 1.4
 */
export type ChardevReturn = {
  readonly pty?: string
}
