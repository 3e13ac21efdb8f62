// Written by `npm run generate` from QEMU's own schema (generator/model.json). Do not edit.

import type { Int64, NoArguments, Open } from '../common-types.ts'

/** What each command of the guest agent takes and answers, and whether its success is silent, of QEMU 7.2 to 11.1. */
export interface GuestCommands {
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-sync-delimited)
   * @since 1.1
   */
  'guest-sync-delimited': {
    arguments: {
      readonly id: Int64
    }
    return: number
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-sync)
   * @since 0.15
   */
  'guest-sync': {
    arguments: {
      readonly id: Int64
    }
    return: number
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-ping)
   * @since 0.15
   */
  'guest-ping': {
    arguments: NoArguments
    return: void
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-time)
   * @since 1.5
   */
  'guest-get-time': {
    arguments: NoArguments
    return: Int64
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-set-time)
   * @since 1.5
   */
  'guest-set-time': {
    arguments: {
      readonly time?: Int64 | undefined
    } | undefined
    return: void
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-info)
   * @since 0.15
   */
  'guest-info': {
    arguments: NoArguments
    return: GuestAgentInfo
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-shutdown)
   * @since 0.15
   */
  'guest-shutdown': {
    arguments: {
      readonly mode?: string | undefined
    } | undefined
    return: void
    silent: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-file-open)
   * @since 0.15
   */
  'guest-file-open': {
    arguments: {
      readonly path: string
      readonly mode?: string | undefined
    }
    return: number
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-file-close)
   * @since 0.15
   */
  'guest-file-close': {
    arguments: {
      readonly handle: Int64
    }
    return: void
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-file-read)
   * @since 0.15
   */
  'guest-file-read': {
    arguments: {
      readonly handle: Int64
      readonly count?: Int64 | undefined
    }
    return: GuestFileRead
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-file-write)
   * @since 0.15
   */
  'guest-file-write': {
    arguments: {
      readonly handle: Int64
      readonly 'buf-b64': string
      readonly count?: Int64 | undefined
    }
    return: GuestFileWrite
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-file-seek)
   * @since 0.15
   */
  'guest-file-seek': {
    arguments: {
      readonly handle: Int64
      readonly offset: Int64
      readonly whence: GuestFileWhence
    }
    return: GuestFileSeek
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-file-flush)
   * @since 0.15
   */
  'guest-file-flush': {
    arguments: {
      readonly handle: Int64
    }
    return: void
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-fsfreeze-status)
   * @since 0.15
   * @if (CONFIG_WIN32 || CONFIG_FSFREEZE)
   */
  'guest-fsfreeze-status': {
    arguments: NoArguments
    return: Open<GuestFsfreezeStatus>
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-fsfreeze-freeze)
   * @since 0.15
   * @if (CONFIG_WIN32 || CONFIG_FSFREEZE)
   */
  'guest-fsfreeze-freeze': {
    arguments: NoArguments
    return: number
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-fsfreeze-freeze-list)
   * @since 2.2
   * @if (CONFIG_WIN32 || CONFIG_FSFREEZE)
   */
  'guest-fsfreeze-freeze-list': {
    arguments: {
      readonly mountpoints?: readonly string[] | undefined
    } | undefined
    return: number
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-fsfreeze-thaw)
   * @since 0.15
   * @if (CONFIG_WIN32 || CONFIG_FSFREEZE)
   */
  'guest-fsfreeze-thaw': {
    arguments: NoArguments
    return: number
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-fstrim)
   * @since 1.2
   * @if (CONFIG_WIN32 || CONFIG_FSTRIM)
   */
  'guest-fstrim': {
    arguments: {
      readonly minimum?: Int64 | undefined
    } | undefined
    return: GuestFilesystemTrimResponse
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-suspend-disk)
   * @since 1.1
   * @if (CONFIG_LINUX || CONFIG_WIN32)
   */
  'guest-suspend-disk': {
    arguments: NoArguments
    return: void
    silent: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-suspend-ram)
   * @since 1.1
   * @if (CONFIG_LINUX || CONFIG_WIN32)
   */
  'guest-suspend-ram': {
    arguments: NoArguments
    return: void
    silent: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-suspend-hybrid)
   * @since 1.1
   * @if CONFIG_LINUX
   */
  'guest-suspend-hybrid': {
    arguments: NoArguments
    return: void
    silent: true
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-network-get-interfaces)
   * @since 1.1
   * @if (CONFIG_WIN32 || HAVE_GETIFADDRS)
   */
  'guest-network-get-interfaces': {
    arguments: NoArguments
    return: readonly GuestNetworkInterface[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-vcpus)
   * @since 1.5
   * @if (CONFIG_LINUX || CONFIG_WIN32)
   */
  'guest-get-vcpus': {
    arguments: NoArguments
    return: readonly GuestLogicalProcessor[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-set-vcpus)
   * @since 1.5
   * @if CONFIG_LINUX
   */
  'guest-set-vcpus': {
    arguments: {
      readonly vcpus: readonly GuestLogicalProcessorInput[]
    }
    return: number
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-disks)
   * @since 5.2
   * @if (CONFIG_WIN32 || CONFIG_LIBUDEV)
   */
  'guest-get-disks': {
    arguments: NoArguments
    return: readonly GuestDiskInfo[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-fsinfo)
   * @since 2.2
   * @if (CONFIG_WIN32 || CONFIG_LINUX)
   */
  'guest-get-fsinfo': {
    arguments: NoArguments
    return: readonly GuestFilesystemInfo[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-set-user-password)
   * @since 2.3
   * @if (CONFIG_WIN32 || CONFIG_LINUX || CONFIG_FREEBSD)
   */
  'guest-set-user-password': {
    arguments: {
      readonly username: string
      readonly password: string
      readonly crypted: boolean
    }
    return: void
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-memory-blocks)
   * @since 2.3
   * @if CONFIG_LINUX
   */
  'guest-get-memory-blocks': {
    arguments: NoArguments
    return: readonly GuestMemoryBlock[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-set-memory-blocks)
   * @since 2.3
   * @if CONFIG_LINUX
   */
  'guest-set-memory-blocks': {
    arguments: {
      readonly 'mem-blks': readonly GuestMemoryBlock[]
    }
    return: readonly GuestMemoryBlockResponse[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-memory-block-info)
   * @since 2.3
   * @if CONFIG_LINUX
   */
  'guest-get-memory-block-info': {
    arguments: NoArguments
    return: GuestMemoryBlockInfo
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-exec-status)
   * @since 2.5
   */
  'guest-exec-status': {
    arguments: {
      readonly pid: Int64
    }
    return: GuestExecStatus
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-exec)
   * @since 2.5
   */
  'guest-exec': {
    arguments: {
      readonly path: string
      readonly arg?: readonly string[] | undefined
      readonly env?: readonly string[] | undefined
      readonly 'input-data'?: string | undefined
      readonly 'capture-output'?: GuestExecCaptureOutput | boolean | undefined
    }
    return: GuestExec
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-host-name)
   * @since 2.10
   */
  'guest-get-host-name': {
    arguments: NoArguments
    return: GuestHostName
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-users)
   * @since 2.10
   * @if (CONFIG_WIN32 || HAVE_UTMPX)
   */
  'guest-get-users': {
    arguments: NoArguments
    return: readonly GuestUser[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-timezone)
   * @since 2.10
   */
  'guest-get-timezone': {
    arguments: NoArguments
    return: GuestTimezone
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-osinfo)
   * @since 2.10
   */
  'guest-get-osinfo': {
    arguments: NoArguments
    return: GuestOSInfo
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-devices)
   * @since 5.2
   * @if CONFIG_WIN32
   */
  'guest-get-devices': {
    arguments: NoArguments
    return: readonly GuestDeviceInfo[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-ssh-get-authorized-keys)
   * @since 5.2
   * @if CONFIG_POSIX
   */
  'guest-ssh-get-authorized-keys': {
    arguments: {
      readonly username: string
    }
    return: GuestAuthorizedKeys
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-ssh-add-authorized-keys)
   * @since 5.2
   * @if CONFIG_POSIX
   */
  'guest-ssh-add-authorized-keys': {
    arguments: {
      readonly username: string
      readonly keys: readonly string[]
      readonly reset?: boolean | undefined
    }
    return: void
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-ssh-remove-authorized-keys)
   * @since 5.2
   * @if CONFIG_POSIX
   */
  'guest-ssh-remove-authorized-keys': {
    arguments: {
      readonly username: string
      readonly keys: readonly string[]
    }
    return: void
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-diskstats)
   * @since 7.1
   * @if CONFIG_LINUX
   */
  'guest-get-diskstats': {
    arguments: NoArguments
    return: readonly GuestDiskStatsInfo[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-cpustats)
   * @since 7.1
   * @if CONFIG_LINUX
   */
  'guest-get-cpustats': {
    arguments: NoArguments
    return: readonly GuestCpuStats[]
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-get-load)
   * @since 10.0
   * @if (CONFIG_WIN32 || CONFIG_GETLOADAVG)
   */
  'guest-get-load': {
    arguments: NoArguments
    return: GuestLoadAverage
    silent: false
  }
  /**
   * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#command-QGA-qapi-schema.guest-network-get-route)
   * @since 9.1
   * @if (CONFIG_LINUX || CONFIG_WIN32)
   */
  'guest-network-get-route': {
    arguments: NoArguments
    return: readonly GuestNetworkRoute[]
    silent: false
  }
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestAgentCommandInfo)
 * @since 1.1
 */
export type GuestAgentCommandInfo = {
  readonly name: string
  readonly enabled: boolean
  /** @since 1.7 */
  readonly 'success-response': boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestAgentInfo)
 * @since 0.15
 */
export type GuestAgentInfo = {
  readonly version: string
  readonly supported_commands: readonly GuestAgentCommandInfo[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestFileRead)
 * @since 0.15
 */
export type GuestFileRead = {
  readonly count: number
  readonly 'buf-b64': string
  readonly eof: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestFileWrite)
 * @since 0.15
 */
export type GuestFileWrite = {
  readonly count: number
  readonly eof: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestFileSeek)
 * @since 0.15
 */
export type GuestFileSeek = {
  readonly position: number
  readonly eof: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.QGASeek)
 * @since 2.6
 */
export type QGASeek = 'set' | 'cur' | 'end'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#alternate-QGA-qapi-schema.GuestFileWhence)
 * @since 2.6
 */
export type GuestFileWhence = Int64 | QGASeek

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.GuestFsfreezeStatus)
 * @since 0.15
 * @if (CONFIG_WIN32 || CONFIG_FSFREEZE)
 */
export type GuestFsfreezeStatus = 'thawed' | 'frozen'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestFilesystemTrimResult)
 * @since 2.4
 * @if (CONFIG_WIN32 || CONFIG_FSTRIM)
 */
export type GuestFilesystemTrimResult = {
  readonly path: string
  readonly trimmed?: number
  readonly minimum?: number
  readonly error?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestFilesystemTrimResponse)
 * @since 2.4
 * @if (CONFIG_WIN32 || CONFIG_FSTRIM)
 */
export type GuestFilesystemTrimResponse = {
  readonly paths: readonly GuestFilesystemTrimResult[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.GuestIpAddressType)
 * @since 1.1
 * @if (CONFIG_WIN32 || HAVE_GETIFADDRS)
 */
export type GuestIpAddressType = 'ipv4' | 'ipv6'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestIpAddress)
 * @since 1.1
 * @if (CONFIG_WIN32 || HAVE_GETIFADDRS)
 */
export type GuestIpAddress = {
  readonly 'ip-address': string
  readonly 'ip-address-type': Open<GuestIpAddressType>
  readonly prefix: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestNetworkInterfaceStat)
 * @since 2.11
 * @if (CONFIG_WIN32 || HAVE_GETIFADDRS)
 */
export type GuestNetworkInterfaceStat = {
  readonly 'rx-bytes': Int64
  readonly 'rx-packets': Int64
  readonly 'rx-errs': Int64
  readonly 'rx-dropped': Int64
  readonly 'tx-bytes': Int64
  readonly 'tx-packets': Int64
  readonly 'tx-errs': Int64
  readonly 'tx-dropped': Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestNetworkInterface)
 * @since 1.1
 * @if (CONFIG_WIN32 || HAVE_GETIFADDRS)
 */
export type GuestNetworkInterface = {
  readonly name: string
  readonly 'hardware-address'?: string
  readonly 'ip-addresses'?: readonly GuestIpAddress[]
  /** @since 2.11 */
  readonly statistics?: GuestNetworkInterfaceStat
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestLogicalProcessor)
 * @since 1.5
 * @if (CONFIG_LINUX || CONFIG_WIN32)
 */
export type GuestLogicalProcessor = {
  readonly 'logical-id': number
  readonly online: boolean
  readonly 'can-offline'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestLogicalProcessor)
 * @since 1.5
 * @if (CONFIG_LINUX || CONFIG_WIN32)
 */
export type GuestLogicalProcessorInput = {
  readonly 'logical-id': Int64
  readonly online: boolean
  readonly 'can-offline'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.GuestDiskBusType)
 * @since 2.2
 * @if (CONFIG_WIN32 || CONFIG_LINUX)
 */
export type GuestDiskBusType =
  | 'ide'
  | 'fdc'
  | 'scsi'
  | 'virtio'
  | 'xen'
  | 'usb'
  | 'uml'
  | 'sata'
  | 'sd'
  | 'unknown'
  | 'ieee1394'
  | 'ssa'
  | 'fibre'
  | 'raid'
  | 'iscsi'
  | 'sas'
  | 'mmc'
  | 'virtual'
  | 'file-backed-virtual'
  /** @since 7.1 */
  | 'nvme'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestPCIAddress)
 * @since 2.2
 * @if (CONFIG_WIN32 || CONFIG_LINUX)
 */
export type GuestPCIAddress = {
  readonly domain: number
  readonly bus: number
  readonly slot: number
  readonly function: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestCCWAddress)
 * @since 6.0
 * @if (CONFIG_WIN32 || CONFIG_LINUX)
 */
export type GuestCCWAddress = {
  readonly cssid: number
  readonly ssid: number
  readonly subchno: number
  readonly devno: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDiskAddress)
 * @since 2.2
 * @if (CONFIG_WIN32 || CONFIG_LINUX)
 */
export type GuestDiskAddress = {
  readonly 'pci-controller': GuestPCIAddress
  readonly 'bus-type': Open<GuestDiskBusType>
  readonly bus: number
  readonly target: number
  readonly unit: number
  /** @since 3.1 */
  readonly serial?: string
  /** @since 3.1 */
  readonly dev?: string
  /** @since 6.0 */
  readonly 'ccw-address'?: GuestCCWAddress
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestNVMeSmart)
 * @since 7.1
 * @if (CONFIG_WIN32 || CONFIG_LIBUDEV)
 */
export type GuestNVMeSmart = {
  readonly 'critical-warning': number
  readonly temperature: number
  readonly 'available-spare': number
  readonly 'available-spare-threshold': number
  readonly 'percentage-used': number
  readonly 'data-units-read-lo': Int64
  readonly 'data-units-read-hi': Int64
  readonly 'data-units-written-lo': Int64
  readonly 'data-units-written-hi': Int64
  readonly 'host-read-commands-lo': Int64
  readonly 'host-read-commands-hi': Int64
  readonly 'host-write-commands-lo': Int64
  readonly 'host-write-commands-hi': Int64
  readonly 'controller-busy-time-lo': Int64
  readonly 'controller-busy-time-hi': Int64
  readonly 'power-cycles-lo': Int64
  readonly 'power-cycles-hi': Int64
  readonly 'power-on-hours-lo': Int64
  readonly 'power-on-hours-hi': Int64
  readonly 'unsafe-shutdowns-lo': Int64
  readonly 'unsafe-shutdowns-hi': Int64
  readonly 'media-errors-lo': Int64
  readonly 'media-errors-hi': Int64
  readonly 'number-of-error-log-entries-lo': Int64
  readonly 'number-of-error-log-entries-hi': Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDiskSmart)
 * @since 7.1
 * @if (CONFIG_WIN32 || CONFIG_LIBUDEV)
 */
export type GuestDiskSmart = (
  /** @since 7.1 */
  | ({ readonly type: 'nvme' } & GuestNVMeSmart)
  | { readonly type: 'ide' | 'fdc' | 'scsi' | 'virtio' | 'xen' | 'usb' | 'uml' | 'sata' | 'sd' | 'unknown' | 'ieee1394' | 'ssa' | 'fibre' | 'raid' | 'iscsi' | 'sas' | 'mmc' | 'virtual' | 'file-backed-virtual' }
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDiskInfo)
 * @since 5.2
 * @if (CONFIG_WIN32 || CONFIG_LIBUDEV)
 */
export type GuestDiskInfo = {
  readonly name: string
  readonly partition: boolean
  readonly dependencies?: readonly string[]
  readonly address?: GuestDiskAddress
  readonly alias?: string
  /** @since 7.1 */
  readonly smart?: GuestDiskSmart
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestFilesystemInfo)
 * @since 2.2
 * @if (CONFIG_WIN32 || CONFIG_LINUX)
 */
export type GuestFilesystemInfo = {
  readonly name: string
  readonly mountpoint: string
  readonly type: string
  /** @since 3.0 */
  readonly 'used-bytes'?: Int64
  /** @since 3.0 */
  readonly 'total-bytes'?: Int64
  /** @since 9.1 */
  readonly 'total-bytes-privileged'?: Int64
  readonly disk: readonly GuestDiskAddress[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestMemoryBlock)
 * @since 2.3
 * @if CONFIG_LINUX
 */
export type GuestMemoryBlock = {
  readonly 'phys-index': Int64
  readonly online: boolean
  readonly 'can-offline'?: boolean | undefined
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.GuestMemoryBlockResponseType)
 * @since 2.3
 * @if CONFIG_LINUX
 */
export type GuestMemoryBlockResponseType =
  | 'success'
  | 'not-found'
  | 'operation-not-supported'
  | 'operation-failed'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestMemoryBlockResponse)
 * @since 2.3
 * @if CONFIG_LINUX
 */
export type GuestMemoryBlockResponse = {
  readonly 'phys-index': Int64
  readonly response: Open<GuestMemoryBlockResponseType>
  readonly 'error-code'?: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestMemoryBlockInfo)
 * @since 2.3
 * @if CONFIG_LINUX
 */
export type GuestMemoryBlockInfo = {
  readonly size: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestExecStatus)
 * @since 2.5
 */
export type GuestExecStatus = {
  readonly exited: boolean
  readonly exitcode?: number
  readonly signal?: number
  readonly 'out-data'?: string
  readonly 'err-data'?: string
  readonly 'out-truncated'?: boolean
  readonly 'err-truncated'?: boolean
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestExec)
 * @since 2.5
 */
export type GuestExec = {
  readonly pid: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.GuestExecCaptureOutputMode)
 * @since 8.0
 */
export type GuestExecCaptureOutputMode =
  | 'none'
  | 'stdout'
  | 'stderr'
  | 'separated'
  /** @if !CONFIG_WIN32 */
  | 'merged'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#alternate-QGA-qapi-schema.GuestExecCaptureOutput)
 * @since 8.0
 */
export type GuestExecCaptureOutput = boolean | GuestExecCaptureOutputMode

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestHostName)
 * @since 2.10
 */
export type GuestHostName = {
  readonly 'host-name': string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestUser)
 * @since 2.10
 * @if (CONFIG_WIN32 || HAVE_UTMPX)
 */
export type GuestUser = {
  readonly user: string
  readonly 'login-time': number
  readonly domain?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestTimezone)
 * @since 2.10
 */
export type GuestTimezone = {
  readonly zone?: string
  readonly offset: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestOSInfo)
 * @since 2.10
 */
export type GuestOSInfo = {
  readonly 'kernel-release'?: string
  readonly 'kernel-version'?: string
  readonly machine?: string
  readonly id?: string
  readonly name?: string
  readonly 'pretty-name'?: string
  readonly version?: string
  readonly 'version-id'?: string
  readonly variant?: string
  readonly 'variant-id'?: string
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.GuestDeviceType)
 * @if CONFIG_WIN32
 */
export type GuestDeviceType = 'pci'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDeviceIdPCI)
 * @since 5.2
 * @if CONFIG_WIN32
 */
export type GuestDeviceIdPCI = {
  readonly 'vendor-id': number
  readonly 'device-id': number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDeviceId)
 * @since 5.2
 * @if CONFIG_WIN32
 */
export type GuestDeviceId = (
  | ({ readonly type: 'pci' } & GuestDeviceIdPCI)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDeviceInfo)
 * @since 5.2
 * @if CONFIG_WIN32
 */
export type GuestDeviceInfo = {
  readonly 'driver-name': string
  readonly 'driver-date'?: number
  readonly 'driver-version'?: string
  readonly id?: GuestDeviceId
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestAuthorizedKeys)
 * @since 5.2
 * @if CONFIG_POSIX
 */
export type GuestAuthorizedKeys = {
  readonly keys: readonly string[]
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDiskStats)
 * @since 7.1
 * @if CONFIG_LINUX
 */
export type GuestDiskStats = {
  readonly 'read-sectors'?: Int64
  readonly 'read-ios'?: Int64
  readonly 'read-merges'?: Int64
  readonly 'write-sectors'?: Int64
  readonly 'write-ios'?: Int64
  readonly 'write-merges'?: Int64
  readonly 'discard-sectors'?: Int64
  readonly 'discard-ios'?: Int64
  readonly 'discard-merges'?: Int64
  readonly 'flush-ios'?: Int64
  readonly 'read-ticks'?: Int64
  readonly 'write-ticks'?: Int64
  readonly 'discard-ticks'?: Int64
  readonly 'flush-ticks'?: Int64
  readonly 'ios-pgr'?: Int64
  readonly 'total-ticks'?: Int64
  readonly 'weight-ticks'?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestDiskStatsInfo)
 * @if CONFIG_LINUX
 */
export type GuestDiskStatsInfo = {
  readonly name: string
  readonly major: Int64
  readonly minor: Int64
  readonly stats: GuestDiskStats
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#enum-QGA-qapi-schema.GuestCpuStatsType)
 * @since 7.1
 * @if CONFIG_LINUX
 */
export type GuestCpuStatsType = 'linux'

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestLinuxCpuStats)
 * @since 7.1
 * @if CONFIG_LINUX
 */
export type GuestLinuxCpuStats = {
  readonly cpu: number
  readonly user: Int64
  readonly nice: Int64
  readonly system: Int64
  readonly idle: Int64
  readonly iowait?: Int64
  readonly irq?: Int64
  readonly softirq?: Int64
  readonly steal?: Int64
  readonly guest?: Int64
  readonly guestnice?: Int64
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestCpuStats)
 * @since 7.1
 * @if CONFIG_LINUX
 */
export type GuestCpuStats = (
  | ({ readonly type: 'linux' } & GuestLinuxCpuStats)
)

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestLoadAverage)
 * @since 10.0
 * @if (CONFIG_WIN32 || CONFIG_GETLOADAVG)
 */
export type GuestLoadAverage = {
  readonly load1m: number
  readonly load5m: number
  readonly load15m: number
}

/**
 * [QEMU manual](https://www.qemu.org/docs/master/interop/qemu-ga-ref.html#object-QGA-qapi-schema.GuestNetworkRoute)
 * @since 9.1
 * @if (CONFIG_LINUX || CONFIG_WIN32)
 */
export type GuestNetworkRoute = {
  readonly iface: string
  readonly destination: string
  readonly metric: number
  readonly gateway?: string
  readonly mask?: string
  readonly irtt?: number
  readonly flags?: Int64
  readonly refcnt?: number
  readonly use?: number
  readonly window?: number
  readonly mtu?: number
  readonly desprefixlen?: string
  readonly source?: string
  readonly srcprefixlen?: string
  readonly nexthop?: string
  readonly version: number
}
