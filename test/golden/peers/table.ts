import type { VmConfigInput } from '../../../src/vm/index.ts'

type Part = Partial<VmConfigInput>

/** What a peer can say: how we say it, with words that show it, or why we do not. */
export type PeerCase = readonly [what: string, part: Part, ...words: string[]] | readonly [what: string, why: string]

const file = { type: 'file', path: '/srv/a.img' } as const
const raw = { id: 'a', source: file, format: 'raw' } as const
const drive = (more: object): Part => ({ drives: [{ ...raw, ...more }] as VmConfigInput['drives'] })
const nbd = (uri: string, more: object = {}): Part => ({
  drives: [{ id: 'a', source: { type: 'nbd', uri }, format: 'raw', ...more }] as VmConfigInput['drives'],
})
const volume = (more: object): Part => ({ volumes: [{ id: 'a', role: 'data', ...more }] as VmConfigInput['volumes'] })
const nic = (more: object): Part => ({ nics: [{ type: 'user', id: 'net0', ...more }] as VmConfigInput['nics'] })
const tap = (more: object): Part => ({ nics: [{ type: 'tap', id: 'net0', ...more }] as VmConfigInput['nics'] })

const ownClient = 'QEMU speaks this protocol itself; a volume is NBD or a file here, so a server in between'
const noOption = 'no key: an option of the device that nobody has asked for'
const raws = 'by rawDevices'

/** Kinds of disks that libvirt's own tests of its command lines have. */
export const libvirtDisks: readonly PeerCase[] = [
  ['a virtio disk', drive({}), 'virtio-blk-pci'],
  ['a SCSI disk on virtio-scsi', drive({ interface: 'scsi' }), 'scsi-hd', 'virtio-scsi-pci'],
  ['a SCSI controller with several queues', { ...drive({ interface: 'scsi', numQueues: 4 }), cpus: 4 }, 'num_queues=4'],
  ['a SCSI controller in an iothread', { ...drive({ interface: 'scsi', iothread: 'io' }), iothreads: [{ id: 'io' }] }, 'iothread=io'],
  ['an IDE or SATA disk', drive({ interface: 'ide' }), 'if=ide'],
  ['a floppy', drive({ interface: 'floppy' }), 'if=floppy'],
  ['a disk on USB', raws],
  ['a CD-ROM', drive({ media: 'cdrom' }), 'ide-cd'],
  ['an empty CD-ROM', { drives: [raw, { id: 'cd', media: 'cdrom' }] }, 'ide-cd'],
  ['a CD-ROM on SCSI', drive({ interface: 'scsi', media: 'cdrom' }), 'scsi-cd'],
  ['a CD-ROM from a web server', ownClient],
  ['a tray that starts open', 'QEMU has no word for it at its start'],
  ...(['none', 'writeback', 'writethrough', 'directsync', 'unsafe'] as const).map(
    (cache): PeerCase => [`cache ${cache}`, drive({ cache }), `cache=${cache}`],
  ),
  ...(['threads', 'native', 'io_uring'] as const).map(
    (aio): PeerCase => [`aio ${aio}`, drive({ aio, cache: 'none' }), `aio=${aio}`],
  ),
  ['discard', drive({ discard: 'unmap' }), 'discard=unmap'],
  ['detection of zeroes', drive({ detectZeroes: 'on' }), 'detect-zeroes=on'],
  ['detection of zeroes with discard', drive({ detectZeroes: 'unmap', discard: 'unmap' }), 'detect-zeroes=unmap'],
  ['discard that keeps the references of qcow2', noOption],
  ...(['stop', 'report', 'ignore', 'enospc'] as const).map(
    (werror): PeerCase => [`a failed write: ${werror}`, drive({ werror }), `werror=${werror}`],
  ),
  ['a failed read', drive({ rerror: 'stop' }), 'rerror=stop'],
  ['a serial number', drive({ serial: 'S1' }), 'serial=S1'],
  ['a world wide name', noOption],
  ['vendor and product of SCSI', noOption],
  ['block sizes', drive({ logicalBlockSize: 4096, physicalBlockSize: 8192 }), 'physical_block_size=8192'],
  ['cylinders, heads and sectors', 'for guests of the last century'],
  ['copy on read', noOption],
  ['limits', drive({ limits: { bytesPerSecond: 1000 } }), 'throttling.bps-total=1000'],
  ['limits with bursts', drive({ limits: { operationsPerSecond: 10, burst: { operationsPerSecond: 20 } } }), 'throttling.iops-total-max=20'],
  ['limits that several disks share', 'each volume has a group of its own'],
  ['an iothread', { ...drive({ iothread: 'io' }), iothreads: [{ id: 'io' }] }, 'iothread=io'],
  ['several iothreads', { ...drive({ iothreads: ['i', 'j'] }), iothreads: [{ id: 'i' }, { id: 'j' }] }, 'iothread-vq-mapping'],
  ['queues', { ...drive({ numQueues: 4 }), cpus: 4 }, 'num-queues=4'],
  ['the size of queues', drive({ queueSize: 256 }), 'queue-size=256'],
  ['ioeventfd and event index', noOption],
  ['a read-only disk', drive({ readOnly: true }), 'readonly=on'],
  ['a disk that several guests write', 'two guests on one disk are refused'],
  ['a disk whose writes are dropped at the end', 'an overlay of one\'s own (createOverlay)'],
  ['qcow2', drive({ source: { ...file, path: '/srv/a.qcow2' }, format: 'qcow2' }), 'format=qcow2'],
  ['vmdk, vdi, vhd', drive({ format: 'vmdk' }), 'vmdk'],
  ['a chain of images in words', drive({ format: 'qcow2', backing: { uri: '/srv/b.qcow2', backing: { uri: '/srv/c.img' } } }), '/srv/c.img'],
  ['an image without what its header names', drive({ format: 'qcow2', backing: null }), '"backing":null'],
  ['a chain that ends on a server', drive({ format: 'qcow2', backing: { uri: 'nbd://h/base' } }), '"export":"base"'],
  ['a slice of a file', 'no key: an offset and a size'],
  ['the cache of a qcow2', noOption],
  ['a block device', drive({ source: { ...file, path: '/dev/vg/a' } }), 'host_device'],
  ['a SCSI device of the host', raws],
  ['an NVMe device of the host, without its kernel', 'by passthrough of the whole device'],
  ['a directory as a FAT disk', 'for seeds only (cloudInit); shares are folders'],
  ['NBD over TCP', nbd('nbd://h/x'), 'nbd://h/x'],
  ['NBD over IPv6', nbd('nbd://[::1]:10809/x'), '::1'],
  ['NBD over a unix socket', nbd('nbd:unix:/run/a.sock'), 'nbd:unix:/run/a.sock'],
  ['NBD over TLS', nbd('nbds://h/x', { tls: { dir: '/pki' } }), 'tls-creds-x509'],
  ['NBD over TLS with another name', nbd('nbds://h/x', { tls: { dir: '/pki', hostname: 'n' } }), 'tls-hostname=n'],
  ['NBD that waits for a lost server', nbd('nbd://h/x', { reconnectDelaySeconds: 5 }), 'reconnect-delay=5'],
  ['NBD with an image', nbd('nbd://h/x', { format: 'qcow2' }), '"driver":"qcow2"'],
  ['NBD from a program that is started for it', volume({ serve: { type: 'nbdkit', plugin: 'file', parameters: { file: '/srv/a.img' } } }), 'virtio-blk-pci'],
  ...(['Ceph (rbd)', 'iSCSI', 'Gluster', 'a web server', 'SSH', 'NFS', 'VxHS'] as const).map(
    (what): PeerCase => [what, ownClient],
  ),
  ['vhost-user-blk', raws],
  ['vhost-vdpa', raws],
  ['LUKS', { ...drive({ format: 'luks', keySecret: 'k' }), secrets: [{ id: 'k', file: '/k' }] }, 'key-secret=k'],
  ['LUKS in qcow2', { ...drive({ format: 'qcow2', keySecret: 'k' }), secrets: [{ id: 'k', file: '/k' }] }, 'encrypt.key-secret=k'],
  ['a boot order', drive({ bootIndex: 1 }), 'bootindex=1'],
  ['a CD-ROM in the boot order', drive({ media: 'cdrom', bootIndex: 2 }), 'bootindex=2'],
  ['transitional virtio', noOption],
  ['how fast it turns (an SSD)', noOption],
  ['reservations of SCSI', 'the helper of the host is not supervised'],
]

const bridge = { ifname: 'tap0' }

/** Kinds of VMs that Proxmox's own tests of its command lines have. */
export const proxmoxVms: readonly PeerCase[] = [
  ['q35', { machine: 'q35' }, 'q35'],
  ['i440fx', { machine: 'pc' }, 'pc'],
  ['a machine with its version', { machine: 'pc-q35-7.2' }, 'pc-q35-7.2'],
  ['ARM', { arch: 'aarch64' }, 'virt'],
  ['without KVM', { accelerator: 'tcg' }, 'tcg,thread=multi'],
  ['a CPU model with flags', { cpu: 'max,+avx2' }, 'max,+avx2'],
  ['what Windows uses', { hyperV: true, accelerator: 'kvm', cpu: 'host' }, 'hv'],
  ['sockets and cores', { cpus: { count: 4, sockets: 2, cores: 2 } }, 'sockets=2'],
  ['vCPUs that may come', { cpus: { count: 1, maxCpus: 4 } }, 'maxcpus=4'],
  ['NUMA', { memoryMiB: 64, cpus: 2, memory: { numa: [{ cpus: '0', memoryMiB: 32 }, { cpus: '1', memoryMiB: 32 }] } }, '-numa'],
  ['huge pages', { memory: { hugePages: '2M' } }, 'hugetlb'],
  ['memory that may come', { memory: { maxMiB: 128 } }, 'maxmem'],
  ['a balloon', { memory: { balloon: true } }, 'virtio-balloon-pci'],
  ['UEFI', { firmware: { type: 'uefi' } }, 'if=pflash'],
  ['Secure Boot with keys', { firmware: { type: 'uefi', secureBoot: true } }, 'secure'],
  ['UEFI variables on storage', { firmware: { type: 'uefi', vars: 'nbd://h/vars' } }, 'nbd://h/vars'],
  ['a TPM', { tpm: true }, 'tpm-'],
  ['a seed of cloud-init', { cloudInit: { userData: 'x' } }, 'CIDATA'],
  ['the guest agent', { guestAgent: true }, 'org.qemu.guest_agent.0'],
  ['a serial port', { console: { socket: '/run/c.sock' } }, '/run/c.sock'],
  ['a second serial port', { console: { socket: '/run/c.sock' }, serials: [{ socket: '/run/d.sock' }] }, '/run/d.sock'],
  ['VNC', { display: { type: 'vnc', port: 5900, host: '127.0.0.1' } }, 'vnc=127.0.0.1:0'],
  ['SPICE', { display: { type: 'spice', port: 5930, host: '127.0.0.1' } }, '-spice'],
  ['no screen', { display: 'none' }, 'none'],
  ['a QXL or virtio screen', raws],
  ['USB redirected by SPICE', raws],
  ['sound', raws],
  ['a tablet', { usb: { tablet: true } }, 'usb-tablet'],
  ['a USB device of the host', { usb: { devices: [{ vendorId: '0951', productId: '1666' }] } }, 'usb-host'],
  ['a PCI device of the host', { passthrough: [{ host: '01:00.0' }] }, 'vfio-pci'],
  ['a graphics card as the first screen', raws],
  ['a mediated device', raws],
  ['a virtio card', nic({}), 'virtio-net-pci'],
  ['an e1000 card', nic({ model: 'e1000' }), 'e1000'],
  ['a card in a bridge', tap({ bridge: 'br0' }), 'br=br0'],
  ['a card with queues', tap({ ...bridge, queues: 4 }), 'queues=4'],
  ['a card with an MTU', nic({ mtu: 1400 }), 'host_mtu=1400'],
  ['a card with an address', nic({ mac: '52:54:00:00:00:01' }), '52:54:00:00:00:01'],
  ['a card without a cable', nic({ link: 'down' }), 'virtio-net-pci'],
  ['a card in the boot order', nic({ bootIndex: 1 }), 'bootindex=1'],
  ['a source of random numbers', { rng: true }, 'virtio-rng-pci'],
  ['a watchdog', { watchdog: { action: 'reset' } }, 'i6300esb'],
  ['a shared folder', { shares: [{ id: 'd', path: '/srv/d', tag: 'd' }] }, 'vhost-user-fs-pci'],
  ['memory shared with another VM', raws],
  ['SMBIOS', { smbios: { serial: 'S' } }, 'serial=S'],
  ['a generation id', { vmGenId: 'auto' }, 'vmgenid'],
  ['a clock of local time', { rtc: { base: 'localtime' } }, 'base=localtime'],
  ['a virtio disk in an iothread', { ...drive({ iothread: 'io' }), iothreads: [{ id: 'io' }] }, 'iothread=io'],
  ['several SCSI disks, a controller each', { ...drive({ interface: 'scsi', iothread: 'io' }), iothreads: [{ id: 'io' }] }, 'virtio-scsi-pci'],
  ['an SSD in words', noOption],
  ['a disk with limits', drive({ limits: { operationsPerSecond: 100 } }), 'throttling.iops-total=100'],
  ['a disk of an old machine (IDE)', { ...drive({ interface: 'ide' }), machine: 'pc' }, 'if=ide'],
  ['pinned vCPUs', { pinning: { vcpus: '0' } }, '-smp'],
  ['further words', 'extraArgs are what they are'],
]

/** Kinds of devices that libvirt's own tests attach and detach, each with our verb. */
export const hotplugs: readonly (readonly [what: string, verb: string] | readonly [what: string, verb: false, why: string])[] = [
  ['a virtio disk', 'volumes.attach'],
  ['a SCSI disk', 'volumes.attach'],
  ['a disk on a server', 'volumes.attach'],
  ['a USB disk', false, 'vm.devices takes no drive, and a volume is virtio or SCSI'],
  ['a medium of a CD-ROM', 'volumes.insert'],
  ['a network card', 'nics.attach'],
  ['a PCI device of the host', 'devices.attach'],
  ['a USB device of the host', 'devices.attach'],
  ['a watchdog', 'devices.attach'],
  ['a source of random numbers', 'devices.attach'],
  ['a shared folder', 'devices.attach'],
  ['vCPUs', 'cpus.set'],
  ['memory', 'memory.set'],
]
