"""One measurement of QEMU's Python client: python_client.py KIND SOCKET COUNT, microseconds (schema: ms) to stdout."""
import asyncio
import sys
import time

from qemu.qmp import QMPClient

IN_FLIGHT = 64


async def main(kind, path, count):
    client = QMPClient('bench')
    await client.connect(path)

    async def sequence(command, times):
        for _ in range(times):
            await client.execute(command)

    async def pipeline(times):
        async def lane(share):
            await sequence('query-status', share)
        await asyncio.gather(*(lane(times // IN_FLIGHT) for _ in range(IN_FLIGHT)))

    run = {
        'sequential': lambda times: sequence('query-status', times),
        'pipelined': pipeline,
        'schema': lambda times: sequence('query-qmp-schema', times),
    }[kind]
    await run(max(1, count // 20))
    start = time.perf_counter()
    await run(count)
    spent = (time.perf_counter() - start) / count
    print(spent * (1e3 if kind == 'schema' else 1e6))
    await client.disconnect()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
