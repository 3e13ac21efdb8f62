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

const gone = 'QEMU has it no more'
const outside = 'a store of libvirt itself: the config names what is in it'
const started = (plugin: string, parameters: Record<string, string>): Part =>
  volume({ readOnly: true, serve: { type: 'nbdkit', plugin, parameters } })
const remote = (source: object, more: object = {}): Part => ({
  drives: [{ id: 'a', source, format: 'raw', ...more }] as VmConfigInput['drives'],
})
const scsi = (more: object): Part => drive({ interface: 'scsi', ...more })
const withSecret = (more: object): Part => ({ ...drive(more), secrets: [{ id: 'k', file: '/k' }] })
const iscsi = { type: 'iscsi', portal: 'h:3260', target: 'iqn.2026-01.h:disk' }
const rbd = { type: 'rbd', pool: 'p', image: 'i' }
const pool = { ...drive({ iothread: 'io' }), iothreads: [{ id: 'io' }] }

/**
 * The disks of libvirt's own tests of its command lines, by the names of those tests (tests/qemuxmlconftest.c): those that libvirt
 * takes, of machines that we have.
 */
export const libvirtDisks: readonly PeerCase[] = [
  ['disk-cdrom', drive({ media: 'cdrom' }), 'ide-cd'],
  ['disk-cdrom-empty-network-invalid', { drives: [raw, { id: 'cd', media: 'cdrom' }] }, 'ide-cd'],
  ['disk-cdrom-bus-other', { ...drive({ interface: 'usb', media: 'cdrom' }), usb: true }, 'usb-storage'],
  ['disk-cdrom-network', remote({ type: 'http', url: 'https://h/a.iso' }, { media: 'cdrom' }), 'file.driver=https'],
  ['disk-cdrom-tray', 'QEMU has no word for an open tray at its start'],
  ['disk-floppy', drive({ interface: 'floppy' }), 'if=floppy'],
  ['disk-floppy-q35', { ...drive({ interface: 'floppy' }), machine: 'q35' }, 'if=floppy'],
  ['disk-floppy-tray', 'QEMU has no word for an open tray at its start'],
  ['disk-virtio', drive({}), 'virtio-blk-pci'],
  ['disk-order', { drives: [raw, { ...raw, id: 'b', interface: 'sata' }] }, 'ide-hd'],
  ['disk-virtio-queues', { ...drive({ numQueues: 4, queueSize: 256 }), cpus: 4 }, 'num-queues=4', 'queue-size=256'],
  ['disk-boot-disk', drive({ bootIndex: 1 }), 'bootindex=1'],
  ['disk-boot-cdrom', drive({ media: 'cdrom', bootIndex: 2 }), 'bootindex=2'],
  ['disk-no-boot', { kernel: { image: '/srv/vmlinuz' } }, '-kernel'],
  ['floppy-drive-fat', remote({ type: 'directory', path: '/srv/d' }, { readOnly: true }), 'file.driver=vvfat'],
  ['disk-readonly-disk', drive({ readOnly: true }), 'readonly=on'],
  ['disk-fmt-qcow', 'the first qcow, which nobody makes any more: qemu-img convert'],
  ['disk-shared', drive({ shareable: true, cache: 'none' }), 'share-rw=on'],
  ['disk-error-policy', drive({ werror: 'enospc', rerror: 'stop' }), 'werror=enospc', 'rerror=stop'],
  ['disk-cache', drive({ cache: 'directsync' }), 'cache=directsync'],
  ['disk-metadata-cache', drive({ format: 'qcow2', metadataCacheKiB: 512 }), 'cache-size=524288'],
  ['disk-transient', drive({ snapshot: true }), 'snapshot=on'],
  ['disk-snapshot', drive({ format: 'qcow2', backing: { uri: '/srv/b.raw' } }), '/srv/b.raw'],
  ['disk-network-nbd', nbd('nbd:unix:/run/a.sock'), 'nbd:unix:/run/a.sock'],
  ['disk-network-iscsi', remote(iscsi), 'file.driver=iscsi'],
  ['disk-network-gluster', gone],
  ['disk-network-rbd', remote(rbd), 'file.driver=rbd'],
  ['disk-network-rbd-no-colon', remote({ ...rbd, pool: 'p:q' }), 'file.pool=p:q'],
  ['disk-network-rbd-encryption', 'a key of Ceph itself; LUKS of QEMU has keySecret'],
  ['disk-network-rbd-encryption-layering', 'a key of Ceph itself; LUKS of QEMU has keySecret'],
  ['disk-network-rbd-encryption-luks-any', 'a key of Ceph itself; LUKS of QEMU has keySecret'],
  ['disk-network-sheepdog', gone],
  ['disk-network-source-auth', { ...remote({ ...iscsi, user: 'u', passwordSecret: 'k' }), secrets: [{ id: 'k', file: '/k' }] }, 'file.password-secret=k'],
  ['disk-network-source-curl', remote({ type: 'http', url: 'http://h/a.raw' }, { readOnly: true }), 'file.driver=http'],
  ['disk-network-http', remote({ type: 'http', url: 'ftp://h/a.raw' }, { readOnly: true }), 'file.driver=ftp'],
  ['disk-network-nfs', remote({ type: 'nfs', host: 'h', path: '/a' }), 'file.driver=nfs'],
  ['disk-network-ssh', remote({ type: 'ssh', host: 'h', path: '/a' }), 'file.driver=ssh'],
  ['disk-network-tlsx509-nbd', nbd('nbds://h/x', { tls: { dir: '/pki' } }), 'tls-creds-x509'],
  ['disk-network-tlsx509-nbd-hostname', nbd('nbds://h/x', { tls: { dir: '/pki', hostname: 'n' } }), 'tls-hostname=n'],
  ['disk-nvme', remote({ type: 'nvme', host: '0000:01:00.0' }), 'file.driver=nvme'],
  ['disk-vhostuser', remote({ type: 'vhost-user', path: '/run/v' }), 'vhost-user-blk-pci'],
  [
    'disk-vhostuser-numa',
    {
      ...remote({ type: 'vhost-user', path: '/run/v' }),
      ...{ cpus: 2, memory: { numa: [{ cpus: '0-1', memoryMiB: 64 }] } },
    },
    'share=on',
  ],
  ['disk-vhostvdpa', remote({ type: 'vhost-vdpa', path: '/dev/vhost-vdpa-0' }, { cache: 'none' }), 'virtio-blk-vhost-vdpa'],
  ['disk-usb-device', { ...drive({ interface: 'usb' }), usb: true }, 'usb-storage'],
  ['disk-device-removable', { ...drive({ interface: 'usb', removableMedium: true }), usb: true }, 'removable=on'],
  ['disk-scsi', scsi({}), 'scsi-hd', 'virtio-scsi-pci'],
  ['disk-scsi-device-auto', scsi({}), 'id=scsi0'],
  ['disk-scsi-disk-split', scsi({ media: 'cdrom' }), 'scsi-cd'],
  ['disk-scsi-disk-wwn', scsi({ wwn: '0x5000c50015ea71ac' }), 'wwn=0x5000c50015ea71ac'],
  ['disk-scsi-disk-vpd', scsi({ vendor: 'ACME', product: 'DISK' }), 'vendor=ACME', 'product=DISK'],
  ['controller-virtio-scsi', { ...scsi({ numQueues: 4 }), cpus: 4 }, 'num_queues=4'],
  ['controller-scsi-auto', scsi({}), 'bus=scsi0.0'],
  ['iothreads-virtio-scsi-pci', { ...scsi({ iothread: 'io' }), iothreads: [{ id: 'io' }] }, 'iothread=io'],
  ['iothreads-disk', pool, 'iothread=io'],
  ['disk-sata-device', drive({ interface: 'sata' }), 'ide-hd'],
  ['disk-ide-split', drive({ interface: 'ide' }), 'if=ide'],
  ['disk-ide-wwn', drive({ interface: 'sata', wwn: '0x5000c50015ea71ac' }), 'wwn=0x5000c50015ea71ac'],
  ['disk-aio', drive({ aio: 'native', cache: 'none' }), 'aio=native'],
  ['disk-aio-io_uring', drive({ aio: 'io_uring' }), 'aio=io_uring'],
  ['disk-source-pool', outside],
  ['disk-source-pool-mode', outside],
  ['disk-ioeventfd', drive({ ioeventfd: false }), 'ioeventfd=off'],
  ['event_idx', drive({ eventIdx: false }), 'event_idx=off'],
  ['virtio-options', drive({ packed: true }), 'packed=on'],
  ['virtio-transitional', drive({ virtioModel: 'transitional' }), 'virtio-blk-pci-transitional'],
  ['virtio-non-transitional', drive({ virtioModel: 'non-transitional' }), 'virtio-blk-pci-non-transitional'],
  ['disk-copy_on_read', drive({ copyOnRead: true }), 'copy-on-read=on'],
  ['disk-discard', drive({ discard: 'unmap' }), 'discard=unmap'],
  ['disk-detect-zeroes', drive({ detectZeroes: 'unmap', discard: 'unmap' }), 'detect-zeroes=unmap'],
  ['disk-discard_no_unref', drive({ format: 'qcow2', discardNoUnref: true }), 'discard-no-unref=on'],
  ['virtio-lun', 'QEMU has it no more for virtio-blk'],
  ['disk-scsi-lun-passthrough', scsi({ passthrough: true, source: { type: 'file', path: '/dev/sda' } }), 'scsi-block'],
  ['disk-serial', drive({ serial: 'S1' }), 'serial=S1'],
  ['disk-backing-chains-index', drive({ format: 'qcow2', backing: { uri: '/srv/b.qcow2', backing: { uri: '/srv/c.img' } } }), '/srv/c.img'],
  ['disk-backing-chains-noindex', drive({ format: 'qcow2', backing: { uri: 'nbd://h/base' } }), '"export":"base"'],
  ['disk-qcow2-datafile-store', 'refused: one image has one file (qemu-img convert makes it)'],
  ['disk-source-fd', 'QEMU opens its disks itself, and becomes process.user then'],
  ['disk-slices', drive({ slice: { offsetBytes: 512, sizeBytes: 1024 } }), 'offset=512,size=1024'],
  ['disk-rotation', scsi({ rotationRate: 7200 }), 'rotation_rate=7200'],
  ['encrypted-disk', withSecret({ format: 'qcow2', keySecret: 'k' }), 'encrypt.key-secret=k'],
  ['encrypted-disk-usage', withSecret({ format: 'qcow2', keySecret: 'k' }), 'encrypt.key-secret=k'],
  ['luks-disks', withSecret({ format: 'luks', keySecret: 'k' }), 'key-secret=k'],
  ['luks-disks-source', withSecret({ format: 'luks', keySecret: 'k' }), 'key-secret=k'],
  ['luks-disks-source-qcow2', withSecret({ format: 'qcow2', keySecret: 'k' }), 'encrypt.format=luks'],
  ['disk-geometry', drive({ geometry: { cylinders: 16383, heads: 16, sectors: 63 } }), 'cyls=16383,heads=16,secs=63'],
  ['disk-blockio', drive({ logicalBlockSize: 4096, physicalBlockSize: 8192 }), 'physical_block_size=8192'],
  ['blkdeviotune', drive({ limits: { bytesPerSecond: 1000 } }), 'throttling.bps-total=1000'],
  ['blkdeviotune-max', drive({ limits: { operationsPerSecond: 10, burst: { operationsPerSecond: 20 } } }), 'throttling.iops-total-max=20'],
  ['blkdeviotune-group-num', drive({ limits: { operationsPerSecond: 10 }, limitGroup: 'g' }), 'throttling.group=g'],
  ['disk-cdrom-network-nbdkit', started('curl', { url: 'https://h/a.iso' }), 'virtio-blk-pci'],
  ['disk-network-source-curl-nbdkit', started('curl', { url: 'https://h/a.raw' }), 'virtio-blk-pci'],
  ['disk-network-http-nbdkit', started('curl', { url: 'http://h/a.raw' }), 'virtio-blk-pci'],
  ['disk-network-ssh-nbdkit', started('ssh', { host: 'h', path: '/a' }), 'virtio-blk-pci'],
  ['disk-network-ssh-key', started('ssh', { host: 'h', path: '/a', identity: '/k' }), 'virtio-blk-pci'],
  ['disk-virtio-scsi-reservations', scsi({ passthrough: true, prManager: '/run/p' }), 'file.pr-manager=pr-a'],
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
  ['a QXL or virtio screen', { video: 'qxl-vga' }, 'qxl-vga'],
  [
    'USB redirected by SPICE',
    { usb: { redirections: 1 }, display: { type: 'spice', socket: '/run/s' } },
    'usb-redir',
  ],
  ['sound', { audio: true }, 'hda-duplex'],
  ['a tablet', { usb: { tablet: true } }, 'usb-tablet'],
  ['a USB device of the host', { usb: { devices: [{ vendorId: '0951', productId: '1666' }] } }, 'usb-host'],
  ['a PCI device of the host', { passthrough: [{ host: '01:00.0' }] }, 'vfio-pci'],
  ['a graphics card as the first screen', { passthrough: [{ host: '01:00.0', primary: true }] }, 'x-vga=on'],
  ['a mediated device', { passthrough: [{ mdev: '4b20d080-1b54-4048-85b3-a6a62d165c01' }] }, 'sysfsdev='],
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
  ['memory shared with another VM', { sharedMemory: [{ id: 'm', path: '/dev/shm/m', sizeMiB: 1 }] }, 'ivshmem-plain'],
  ['SMBIOS', { smbios: { serial: 'S' } }, 'serial=S'],
  ['a generation id', { vmGenId: 'auto' }, 'vmgenid'],
  ['a clock of local time', { rtc: { base: 'localtime' } }, 'base=localtime'],
  ['a virtio disk in an iothread', { ...drive({ iothread: 'io' }), iothreads: [{ id: 'io' }] }, 'iothread=io'],
  ['several SCSI disks, a controller each', { ...drive({ interface: 'scsi', iothread: 'io' }), iothreads: [{ id: 'io' }] }, 'virtio-scsi-pci'],
  ['an SSD in words', { ...drive({ interface: 'scsi', rotationRate: 1 }) }, 'rotation_rate=1'],
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
