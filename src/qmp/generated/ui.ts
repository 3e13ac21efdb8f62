// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, Open } from '../common-types.ts'
import type { NetworkAddressFamily, SocketAddressInput } from './sockets.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.DisplayProtocol)
 * @since 7.0
 */
export type DisplayProtocol = 'vnc' | 'spice'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.SetPasswordAction)
 * @since 7.0
 */
export type SetPasswordAction = 'keep' | 'fail' | 'disconnect'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.SetPasswordOptions)
 * @since 7.0
 */
export type SetPasswordOptions = {
  readonly password: string
  readonly connected?: SetPasswordAction | undefined
} & (
  | ({ readonly protocol: 'vnc' } & SetPasswordOptionsVnc)
  | { readonly protocol: 'spice' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.SetPasswordOptionsVnc)
 * @since 7.0
 */
export type SetPasswordOptionsVnc = {
  readonly display?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.ExpirePasswordOptions)
 * @since 7.0
 */
export type ExpirePasswordOptions = {
  readonly time: string
} & (
  | ({ readonly protocol: 'vnc' } & ExpirePasswordOptionsVnc)
  | { readonly protocol: 'spice' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.ExpirePasswordOptionsVnc)
 * @since 7.0
 */
export type ExpirePasswordOptionsVnc = {
  readonly display?: string | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.ImageFormat)
 * @since 7.1
 */
export type ImageFormat = 'ppm' | 'png'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.SpiceBasicInfo)
 * @since 2.1
 * @if CONFIG_SPICE
 */
export type SpiceBasicInfo = {
  readonly host: string
  readonly port: string
  readonly family: Open<NetworkAddressFamily>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.SpiceServerInfo)
 * @since 2.1
 * @if CONFIG_SPICE
 */
export type SpiceServerInfo = SpiceBasicInfo & {
  readonly auth?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.SpiceChannel)
 * @since 0.14
 * @if CONFIG_SPICE
 */
export type SpiceChannel = SpiceBasicInfo & {
  readonly 'connection-id': number
  readonly 'channel-type': number
  readonly 'channel-id': number
  readonly tls: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.SpiceQueryMouseMode)
 * @since 1.1
 * @if CONFIG_SPICE
 */
export type SpiceQueryMouseMode = 'client' | 'server' | 'unknown'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.SpiceInfo)
 * @since 0.14
 * @if CONFIG_SPICE
 */
export type SpiceInfo = {
  readonly enabled: boolean
  /** @since 1.4 */
  readonly migrated: boolean
  readonly host?: string
  readonly port?: number
  readonly 'tls-port'?: number
  readonly auth?: string
  readonly 'compiled-version'?: string
  /** @since 1.1 */
  readonly 'mouse-mode': Open<SpiceQueryMouseMode>
  readonly channels?: readonly SpiceChannel[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.VncBasicInfo)
 * @since 2.1
 * @if CONFIG_VNC
 */
export type VncBasicInfo = {
  readonly host: string
  readonly service: string
  readonly family: Open<NetworkAddressFamily>
  /** @since 2.3 */
  readonly websocket: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.VncServerInfo)
 * @since 2.1
 * @if CONFIG_VNC
 */
export type VncServerInfo = VncBasicInfo & {
  readonly auth?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.VncClientInfo)
 * @since 0.14
 * @if CONFIG_VNC
 */
export type VncClientInfo = VncBasicInfo & {
  readonly x509_dname?: string
  readonly sasl_username?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.VncInfo)
 * @since 0.14
 * @if CONFIG_VNC
 */
export type VncInfo = {
  readonly enabled: boolean
  readonly host?: string
  readonly family?: Open<NetworkAddressFamily>
  readonly service?: string
  readonly auth?: string
  readonly clients?: readonly VncClientInfo[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.VncPrimaryAuth)
 * @since 2.3
 * @if CONFIG_VNC
 */
export type VncPrimaryAuth =
  | 'none'
  | 'vnc'
  | 'ra2'
  | 'ra2ne'
  | 'tight'
  | 'ultra'
  | 'tls'
  | 'vencrypt'
  | 'sasl'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.VncVencryptSubAuth)
 * @since 2.3
 * @if CONFIG_VNC
 */
export type VncVencryptSubAuth =
  | 'plain'
  | 'tls-none'
  | 'x509-none'
  | 'tls-vnc'
  | 'x509-vnc'
  | 'tls-plain'
  | 'x509-plain'
  | 'tls-sasl'
  | 'x509-sasl'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.VncServerInfo2)
 * @since 2.9
 * @if CONFIG_VNC
 */
export type VncServerInfo2 = VncBasicInfo & {
  readonly auth: Open<VncPrimaryAuth>
  readonly vencrypt?: Open<VncVencryptSubAuth>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.VncInfo2)
 * @since 2.3
 * @if CONFIG_VNC
 */
export type VncInfo2 = {
  readonly id: string
  readonly server: readonly VncServerInfo2[]
  readonly clients: readonly VncClientInfo[]
  readonly auth: Open<VncPrimaryAuth>
  readonly vencrypt?: Open<VncVencryptSubAuth>
  readonly display?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.MouseInfo)
 * @since 0.14
 */
export type MouseInfo = {
  readonly name: string
  readonly index: number
  readonly current: boolean
  readonly absolute: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.QKeyCode)
 * @since 1.3
 */
export type QKeyCode =
  | 'unmapped'
  | 'shift'
  | 'shift_r'
  | 'alt'
  | 'alt_r'
  | 'ctrl'
  | 'ctrl_r'
  | 'menu'
  | 'esc'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | '0'
  | 'minus'
  | 'equal'
  | 'backspace'
  | 'tab'
  | 'q'
  | 'w'
  | 'e'
  | 'r'
  | 't'
  | 'y'
  | 'u'
  | 'i'
  | 'o'
  | 'p'
  | 'bracket_left'
  | 'bracket_right'
  | 'ret'
  | 'a'
  | 's'
  | 'd'
  | 'f'
  | 'g'
  | 'h'
  | 'j'
  | 'k'
  | 'l'
  | 'semicolon'
  | 'apostrophe'
  | 'grave_accent'
  | 'backslash'
  | 'z'
  | 'x'
  | 'c'
  | 'v'
  | 'b'
  | 'n'
  | 'm'
  | 'comma'
  | 'dot'
  | 'slash'
  | 'asterisk'
  | 'spc'
  | 'caps_lock'
  | 'f1'
  | 'f2'
  | 'f3'
  | 'f4'
  | 'f5'
  | 'f6'
  | 'f7'
  | 'f8'
  | 'f9'
  | 'f10'
  | 'num_lock'
  | 'scroll_lock'
  | 'kp_divide'
  | 'kp_multiply'
  | 'kp_subtract'
  | 'kp_add'
  | 'kp_enter'
  | 'kp_decimal'
  | 'sysrq'
  | 'kp_0'
  | 'kp_1'
  | 'kp_2'
  | 'kp_3'
  | 'kp_4'
  | 'kp_5'
  | 'kp_6'
  | 'kp_7'
  | 'kp_8'
  | 'kp_9'
  | 'less'
  | 'f11'
  | 'f12'
  | 'print'
  | 'home'
  | 'pgup'
  | 'pgdn'
  | 'end'
  | 'left'
  | 'up'
  | 'down'
  | 'right'
  | 'insert'
  | 'delete'
  | 'stop'
  | 'again'
  | 'props'
  | 'undo'
  | 'front'
  | 'copy'
  | 'open'
  | 'paste'
  | 'find'
  | 'cut'
  | 'lf'
  | 'help'
  | 'meta_l'
  | 'meta_r'
  | 'compose'
  | 'pause'
  | 'ro'
  | 'hiragana'
  | 'henkan'
  | 'yen'
  | 'muhenkan'
  | 'katakanahiragana'
  | 'kp_comma'
  | 'kp_equals'
  | 'power'
  | 'sleep'
  | 'wake'
  | 'audionext'
  | 'audioprev'
  | 'audiostop'
  | 'audioplay'
  | 'audiomute'
  | 'volumeup'
  | 'volumedown'
  | 'mediaselect'
  | 'mail'
  | 'calculator'
  | 'computer'
  | 'ac_home'
  | 'ac_back'
  | 'ac_forward'
  | 'ac_refresh'
  | 'ac_bookmarks'
  | 'lang1'
  | 'lang2'
  /** @since 8.2 or before */
  | 'f13'
  /** @since 8.2 or before */
  | 'f14'
  /** @since 8.2 or before */
  | 'f15'
  /** @since 8.2 or before */
  | 'f16'
  /** @since 8.2 or before */
  | 'f17'
  /** @since 8.2 or before */
  | 'f18'
  /** @since 8.2 or before */
  | 'f19'
  /** @since 8.2 or before */
  | 'f20'
  /** @since 8.2 or before */
  | 'f21'
  /** @since 8.2 or before */
  | 'f22'
  /** @since 8.2 or before */
  | 'f23'
  /** @since 8.2 or before */
  | 'f24'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.KeyValueKind)
 * @since 1.3
 */
export type KeyValueKind = 'number' | 'qcode'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.IntWrapper)
 * @since 1.3
 */
export type IntWrapper = {
  readonly data: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.QKeyCodeWrapper)
 * @since 1.3
 */
export type QKeyCodeWrapper = {
  readonly data: QKeyCode
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.KeyValue)
 * @since 1.3
 */
export type KeyValue = (
  | ({ readonly type: 'number' } & IntWrapper)
  | ({ readonly type: 'qcode' } & QKeyCodeWrapper)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.InputButton)
 * @since 2.0
 */
export type InputButton =
  | 'left'
  | 'middle'
  | 'right'
  | 'wheel-up'
  | 'wheel-down'
  /** @since 2.9 */
  | 'side'
  /** @since 2.9 */
  | 'extra'
  | 'wheel-left'
  | 'wheel-right'
  /** @since 8.1 */
  | 'touch'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.InputAxis)
 * @since 2.0
 */
export type InputAxis = 'x' | 'y'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.InputMultiTouchType)
 * @since 8.1
 */
export type InputMultiTouchType = 'begin' | 'update' | 'end' | 'cancel' | 'data'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputKeyEvent)
 * @since 2.0
 */
export type InputKeyEvent = {
  readonly key: KeyValue
  readonly down: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputBtnEvent)
 * @since 2.0
 */
export type InputBtnEvent = {
  readonly button: InputButton
  readonly down: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputMoveEvent)
 * @since 2.0
 */
export type InputMoveEvent = {
  readonly axis: InputAxis
  readonly value: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputMultiTouchEvent)
 * @since 8.1
 */
export type InputMultiTouchEvent = {
  readonly type: InputMultiTouchType
  readonly slot: Int64
  readonly 'tracking-id': Int64
  readonly axis: InputAxis
  readonly value: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.InputEventKind)
 * @since 2.0
 */
export type InputEventKind =
  | 'key'
  | 'btn'
  | 'rel'
  | 'abs'
  /** @since 8.2 or before */
  | 'mtt'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputKeyEventWrapper)
 * @since 2.0
 */
export type InputKeyEventWrapper = {
  readonly data: InputKeyEvent
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputBtnEventWrapper)
 * @since 2.0
 */
export type InputBtnEventWrapper = {
  readonly data: InputBtnEvent
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputMoveEventWrapper)
 * @since 2.0
 */
export type InputMoveEventWrapper = {
  readonly data: InputMoveEvent
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputMultiTouchEventWrapper)
 * @since 8.1
 */
export type InputMultiTouchEventWrapper = {
  readonly data: InputMultiTouchEvent
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.InputEvent)
 * @since 2.0
 */
export type InputEvent = (
  | ({ readonly type: 'key' } & InputKeyEventWrapper)
  | ({ readonly type: 'btn' } & InputBtnEventWrapper)
  | ({ readonly type: 'rel' } & InputMoveEventWrapper)
  | ({ readonly type: 'abs' } & InputMoveEventWrapper)
  /** @since 8.2 or before */
  | ({ readonly type: 'mtt' } & InputMultiTouchEventWrapper)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayGTK)
 * @since 2.12
 */
export type DisplayGTK = {
  /** @since 11.1 */
  readonly clipboard?: boolean
  readonly 'grab-on-hover'?: boolean
  /** @since 3.1 */
  readonly 'zoom-to-fit'?: boolean
  /** @since 7.1 */
  readonly 'show-tabs'?: boolean
  readonly 'show-menubar'?: boolean
  /** @since 10.1 */
  readonly 'keep-aspect-ratio'?: boolean
  /** @since 10.1 */
  readonly scale?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayEGLHeadless)
 * @since 3.1
 */
export type DisplayEGLHeadless = {
  readonly rendernode?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayDBus)
 * @since 7.0
 */
export type DisplayDBus = {
  readonly rendernode?: string
  readonly addr?: string
  readonly p2p?: boolean
  readonly audiodev?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.DisplayGLMode)
 * @since 3.0
 */
export type DisplayGLMode = 'off' | 'on' | 'core' | 'es'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayCurses)
 * @since 4.0
 */
export type DisplayCurses = {
  readonly charset?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayCocoa)
 * @since 7.0
 */
export type DisplayCocoa = {
  readonly 'left-command-key'?: boolean
  readonly 'full-grab'?: boolean
  readonly 'swap-opt-cmd'?: boolean
  /** @since 8.2 */
  readonly 'zoom-to-fit'?: boolean
  /** @since 9.0 */
  readonly 'zoom-interpolation'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.HotKeyMod)
 * @since 7.1
 */
export type HotKeyMod = 'lctrl-lalt' | 'lshift-lctrl-lalt' | 'rctrl'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplaySDL)
 * @since 7.1
 */
export type DisplaySDL = {
  readonly 'grab-mod'?: Open<HotKeyMod>
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.DisplayType)
 * @since 2.12
 */
export type DisplayType =
  | 'default'
  | 'none'
  /** @if CONFIG_GTK */
  | 'gtk'
  /** @if CONFIG_SDL */
  | 'sdl'
  /**
   * @since 3.1
   * @if CONFIG_OPENGL
   */
  | 'egl-headless'
  /** @if CONFIG_CURSES */
  | 'curses'
  /** @if CONFIG_COCOA */
  | 'cocoa'
  /**
   * @since 4.0
   * @if CONFIG_SPICE
   */
  | 'spice-app'
  /**
   * @since 7.0
   * @if CONFIG_DBUS_DISPLAY
   */
  | 'dbus'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayOptions)
 * @since 2.12
 */
export type DisplayOptions = {
  readonly 'full-screen'?: boolean
  readonly 'window-close'?: boolean
  /** @since 5.0 */
  readonly 'show-cursor'?: boolean
  readonly gl?: Open<DisplayGLMode>
} & (
  /** @if CONFIG_GTK */
  | ({ readonly type: 'gtk' } & DisplayGTK)
  /** @if CONFIG_SDL */
  | ({ readonly type: 'sdl' } & DisplaySDL)
  /**
   * @since 3.1
   * @if CONFIG_OPENGL
   */
  | ({ readonly type: 'egl-headless' } & DisplayEGLHeadless)
  /** @if CONFIG_CURSES */
  | ({ readonly type: 'curses' } & DisplayCurses)
  /** @if CONFIG_COCOA */
  | ({ readonly type: 'cocoa' } & DisplayCocoa)
  /**
   * @since 7.0
   * @if CONFIG_DBUS_DISPLAY
   */
  | ({ readonly type: 'dbus' } & DisplayDBus)
  | { readonly type: 'default' | 'none' | 'spice-app' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.DisplayReloadType)
 * @since 6.0
 */
export type DisplayReloadType = 'vnc'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayReloadOptionsVNC)
 * @since 6.0
 */
export type DisplayReloadOptionsVNC = {
  readonly 'tls-certs'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayReloadOptions)
 * @since 6.0
 */
export type DisplayReloadOptions = (
  | ({ readonly type: 'vnc' } & DisplayReloadOptionsVNC)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-ui.DisplayUpdateType)
 * @since 7.1
 */
export type DisplayUpdateType = 'vnc'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayUpdateOptionsVNC)
 * @since 7.1
 */
export type DisplayUpdateOptionsVNC = {
  readonly addresses?: readonly SocketAddressInput[] | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-ui.DisplayUpdateOptions)
 * @since 7.1
 */
export type DisplayUpdateOptions = (
  | ({ readonly type: 'vnc' } & DisplayUpdateOptionsVNC)
)
