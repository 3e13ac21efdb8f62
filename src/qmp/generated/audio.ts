// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Open } from '../common-types.ts'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevPerDirectionOptions)
 * @since 4.0
 */
export type AudiodevPerDirectionOptions = {
  /** @since 4.2 */
  readonly 'mixing-engine'?: boolean
  readonly 'fixed-settings'?: boolean
  readonly frequency?: number
  readonly channels?: number
  readonly voices?: number
  readonly format?: Open<AudioFormat>
  readonly 'buffer-length'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevGenericOptions)
 * @since 4.0
 */
export type AudiodevGenericOptions = {
  readonly in?: AudiodevPerDirectionOptions
  readonly out?: AudiodevPerDirectionOptions
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevDBusOptions)
 * @since 10.0
 */
export type AudiodevDBusOptions = {
  readonly in?: AudiodevPerDirectionOptions
  readonly out?: AudiodevPerDirectionOptions
  readonly nsamples?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevAlsaPerDirectionOptions)
 * @since 4.0
 */
export type AudiodevAlsaPerDirectionOptions = AudiodevPerDirectionOptions & {
  readonly dev?: string
  readonly 'period-length'?: number
  readonly 'try-poll'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevAlsaOptions)
 * @since 4.0
 */
export type AudiodevAlsaOptions = {
  readonly in?: AudiodevAlsaPerDirectionOptions
  readonly out?: AudiodevAlsaPerDirectionOptions
  readonly threshold?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevSndioOptions)
 * @since 7.2
 */
export type AudiodevSndioOptions = {
  readonly in?: AudiodevPerDirectionOptions
  readonly out?: AudiodevPerDirectionOptions
  readonly dev?: string
  readonly latency?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevCoreaudioPerDirectionOptions)
 * @since 4.0
 */
export type AudiodevCoreaudioPerDirectionOptions = AudiodevPerDirectionOptions & {
  readonly 'buffer-count'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevCoreaudioOptions)
 * @since 4.0
 */
export type AudiodevCoreaudioOptions = {
  readonly in?: AudiodevCoreaudioPerDirectionOptions
  readonly out?: AudiodevCoreaudioPerDirectionOptions
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevDsoundOptions)
 * @since 4.0
 */
export type AudiodevDsoundOptions = {
  readonly in?: AudiodevPerDirectionOptions
  readonly out?: AudiodevPerDirectionOptions
  readonly latency?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevJackPerDirectionOptions)
 * @since 5.1
 */
export type AudiodevJackPerDirectionOptions = AudiodevPerDirectionOptions & {
  readonly 'server-name'?: string
  readonly 'client-name'?: string
  readonly 'connect-ports'?: string
  readonly 'start-server'?: boolean
  readonly 'exact-name'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevJackOptions)
 * @since 5.1
 */
export type AudiodevJackOptions = {
  readonly in?: AudiodevJackPerDirectionOptions
  readonly out?: AudiodevJackPerDirectionOptions
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevOssPerDirectionOptions)
 * @since 4.0
 */
export type AudiodevOssPerDirectionOptions = AudiodevPerDirectionOptions & {
  readonly dev?: string
  readonly 'buffer-count'?: number
  readonly 'try-poll'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevOssOptions)
 * @since 4.0
 */
export type AudiodevOssOptions = {
  readonly in?: AudiodevOssPerDirectionOptions
  readonly out?: AudiodevOssPerDirectionOptions
  readonly 'try-mmap'?: boolean
  readonly exclusive?: boolean
  readonly 'dsp-policy'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevPaPerDirectionOptions)
 * @since 4.0
 */
export type AudiodevPaPerDirectionOptions = AudiodevPerDirectionOptions & {
  readonly name?: string
  /** @since 4.2 */
  readonly 'stream-name'?: string
  readonly latency?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevPaOptions)
 * @since 4.0
 */
export type AudiodevPaOptions = {
  readonly in?: AudiodevPaPerDirectionOptions
  readonly out?: AudiodevPaPerDirectionOptions
  readonly server?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevPipewirePerDirectionOptions)
 * @since 8.1
 */
export type AudiodevPipewirePerDirectionOptions = AudiodevPerDirectionOptions & {
  readonly name?: string
  readonly 'stream-name'?: string
  readonly latency?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevPipewireOptions)
 * @since 8.1
 */
export type AudiodevPipewireOptions = {
  readonly in?: AudiodevPipewirePerDirectionOptions
  readonly out?: AudiodevPipewirePerDirectionOptions
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevSdlPerDirectionOptions)
 * @since 6.0
 */
export type AudiodevSdlPerDirectionOptions = AudiodevPerDirectionOptions & {
  readonly 'buffer-count'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevSdlOptions)
 * @since 6.0
 */
export type AudiodevSdlOptions = {
  readonly in?: AudiodevSdlPerDirectionOptions
  readonly out?: AudiodevSdlPerDirectionOptions
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.AudiodevWavOptions)
 * @since 4.0
 */
export type AudiodevWavOptions = {
  readonly in?: AudiodevPerDirectionOptions
  readonly out?: AudiodevPerDirectionOptions
  readonly path?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-audio.AudioFormat)
 * @since 4.0
 */
export type AudioFormat =
  | 'u8'
  | 's8'
  | 'u16'
  | 's16'
  | 'u32'
  | 's32'
  /** @since 5.0 */
  | 'f32'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#enum-QMP-audio.AudiodevDriver)
 * @since 4.0
 */
export type AudiodevDriver =
  | 'none'
  /** @if CONFIG_AUDIO_ALSA */
  | 'alsa'
  /** @if CONFIG_AUDIO_COREAUDIO */
  | 'coreaudio'
  /** @if CONFIG_DBUS_DISPLAY */
  | 'dbus'
  /** @if CONFIG_AUDIO_DSOUND */
  | 'dsound'
  /**
   * @since 5.1
   * @if CONFIG_AUDIO_JACK
   */
  | 'jack'
  /** @if CONFIG_AUDIO_OSS */
  | 'oss'
  /** @if CONFIG_AUDIO_PA */
  | 'pa'
  /**
   * @since 8.2 or before
   * @if CONFIG_AUDIO_PIPEWIRE
   */
  | 'pipewire'
  /** @if CONFIG_AUDIO_SDL */
  | 'sdl'
  /** @if CONFIG_AUDIO_SNDIO */
  | 'sndio'
  /** @if CONFIG_SPICE */
  | 'spice'
  | 'wav'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-audio.Audiodev)
 * @since 4.0
 */
export type Audiodev = {
  readonly id: string
  readonly 'timer-period'?: number
} & (
  | ({ readonly driver: 'none' } & AudiodevGenericOptions)
  /** @if CONFIG_AUDIO_ALSA */
  | ({ readonly driver: 'alsa' } & AudiodevAlsaOptions)
  /** @if CONFIG_AUDIO_COREAUDIO */
  | ({ readonly driver: 'coreaudio' } & AudiodevCoreaudioOptions)
  /** @if CONFIG_DBUS_DISPLAY */
  | ({ readonly driver: 'dbus' } & (AudiodevDBusOptions | AudiodevGenericOptions))
  /** @if CONFIG_AUDIO_DSOUND */
  | ({ readonly driver: 'dsound' } & AudiodevDsoundOptions)
  /**
   * @since 5.1
   * @if CONFIG_AUDIO_JACK
   */
  | ({ readonly driver: 'jack' } & AudiodevJackOptions)
  /** @if CONFIG_AUDIO_OSS */
  | ({ readonly driver: 'oss' } & AudiodevOssOptions)
  /** @if CONFIG_AUDIO_PA */
  | ({ readonly driver: 'pa' } & AudiodevPaOptions)
  /**
   * @since 8.2 or before
   * @if CONFIG_AUDIO_PIPEWIRE
   */
  | ({ readonly driver: 'pipewire' } & AudiodevPipewireOptions)
  /** @if CONFIG_AUDIO_SDL */
  | ({ readonly driver: 'sdl' } & AudiodevSdlOptions)
  /** @if CONFIG_AUDIO_SNDIO */
  | ({ readonly driver: 'sndio' } & AudiodevSndioOptions)
  /** @if CONFIG_SPICE */
  | ({ readonly driver: 'spice' } & AudiodevGenericOptions)
  | ({ readonly driver: 'wav' } & AudiodevWavOptions)
)
