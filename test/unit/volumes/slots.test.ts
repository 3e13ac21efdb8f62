import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deviceForPort, hotplugPorts, portForDevice, SlotTable } from '../../../src/volumes/slots.ts'

const coded = (code: string, details: object) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) })

describe('device names', () => {
  test.each([
    ['/dev/sdf', 'hotplug1'],
    ['sdf', 'hotplug1'],
    ['xvdf', 'hotplug1'],
    ['/dev/xvdg', 'hotplug2'],
    ['/dev/sdp', 'hotplug11'],
    ['/dev/sde', undefined],
    ['/dev/sdq', undefined],
    ['/dev/sdff', undefined],
    ['/dev/vdf', undefined],
    ['', undefined],
  ])('%s stands for %s', (device, port) => {
    expect(portForDevice(device)).toBe(port)
  })

  test('go both ways for every port', () => {
    for (const port of hotplugPorts(11)) expect(portForDevice(deviceForPort(port) ?? '')).toBe(port)
    expect(deviceForPort('hotplug12')).toBeUndefined()
  })
})

describe('SlotTable', () => {
  test('gives out the ports in order', () => {
    let table = new SlotTable()
    const given: string[] = []
    for (let index = 1; index <= 11; index++) {
      const next = table.assign(`vol-${index}`)
      table = next.table
      given.push(next.port)
    }
    expect(given).toEqual(hotplugPorts(11))
    expect(table.free).toEqual([])
    expect(() => table.assign('vol-12')).toThrowError(coded('VOLUME_NO_PORT', { volume: 'vol-12' }))
  })

  test('gives the port asked for, and names the occupant when it is taken', () => {
    const { table, port } = new SlotTable().assign('a', 'hotplug3')
    expect(port).toBe('hotplug3')
    expect(() => table.assign('b', 'hotplug3')).toThrowError(
      coded('VOLUME_PORT_OCCUPIED', { port: 'hotplug3', occupant: 'a' }),
    )
    expect(table.occupantOf('hotplug3')).toBe('a')
  })

  test('refuses a port the VM has not', () => {
    expect(() => new SlotTable().assign('a', 'hotplug12')).toThrowError(
      coded('VOLUME_NO_PORT', { port: 'hotplug12' }),
    )
    expect(() => new SlotTable([]).assign('a')).toThrowError(/without hot-plug ports/)
  })

  test('gives a volume the same port again, and refuses to move it', () => {
    const { table } = new SlotTable().assign('a', 'hotplug2')
    expect(table.assign('a')).toEqual({ table, port: 'hotplug2' })
    expect(table.assign('a', 'hotplug2').table).toBe(table)
    expect(() => table.assign('a', 'hotplug1')).toThrowError(coded('VOLUME_EXISTS', { port: 'hotplug2' }))
  })

  test('is rebuilt from its own entries', () => {
    const table = new SlotTable(
      ['p1', 'p2', 'p3'],
      [
        ['p3', 'c'],
        ['p1', 'a'],
      ],
    )
    expect(table.entries).toEqual([
      ['p1', 'a'],
      ['p3', 'c'],
    ])
    expect(new SlotTable(table.ports, table.entries).entries).toEqual(table.entries)
    expect(() => new SlotTable(['p1'], [['p2', 'a']])).toThrowError(coded('VOLUME_NO_PORT', { port: 'p2' }))
    expect(
      () =>
        new SlotTable(
          ['p1'],
          [
            ['p1', 'a'],
            ['p1', 'b'],
          ],
        ),
    ).toThrowError(coded('VOLUME_PORT_OCCUPIED', { occupant: 'a' }))
  })

  test('never holds two volumes at one port, nor one at two, nor changes in place', () => {
    const step = fc.record({
      volume: fc.constantFrom('a', 'b', 'c', 'd'),
      release: fc.boolean(),
      bus: fc.option(fc.constantFrom('p1', 'p2', 'p3'), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let table = new SlotTable(['p1', 'p2', 'p3'])
        for (const { volume, release, bus } of steps) {
          const before = table.entries
          const old = table
          try {
            table = release ? table.release(volume) : table.assign(volume, bus).table
          } catch {
            expect(table.entries).toEqual(before)
          }
          expect(old.entries).toEqual(before)
          expect(table.portOf(volume) === undefined || !release).toBe(true)
          const volumes = table.entries.map(([, occupant]) => occupant)
          expect(new Set(volumes).size).toBe(volumes.length)
          expect(table.free.length + volumes.length).toBe(3)
        }
      }),
    )
  })
})
