"""The same work as in the Swift files beside this one, in Python's asyncio.

Reads lines such as "lock-uncontended 100000", does that many operations, and answers with the
nanoseconds that they took. With --park N it parks N tasks, and waits to be weighed.

The file is not called asyncio.py, or else `import asyncio` would find it.
"""

import asyncio
import os
import platform
import sys
import time

clock = time.perf_counter_ns


async def contest(tasks, operations, share):
    start = clock()
    await asyncio.gather(*(share(operations // tasks) for _ in range(tasks)))
    return clock() - start


async def uncontended(make, operations):
    lock = make()
    start = clock()
    for _ in range(operations):
        async with lock:
            pass
    return clock() - start


async def contended(make, tasks, operations):
    lock = make()

    async def share(count):
        for _ in range(count):
            async with lock:
                await asyncio.sleep(0)

    return await contest(tasks, operations, share)


async def window(operations):
    total = 0
    for _ in range(0, operations, 1000):
        total += await contended(lambda: asyncio.BoundedSemaphore(10), 1000, 1000)
    return total


async def queue(capacity, tasks, operations):
    items = asyncio.Queue(capacity)

    async def put(count):
        for item in range(count):
            await items.put(item)

    async def get(count):
        for _ in range(count):
            await items.get()

    start = clock()
    sides = [side(operations // tasks) for _ in range(tasks) for side in (get, put)]
    await asyncio.gather(*sides)
    return clock() - start


async def event_set(operations):
    event = asyncio.Event()
    event.set()
    start = clock()
    for _ in range(operations):
        await event.wait()
    return clock() - start


async def event_broadcast(operations):
    total = 0
    for _ in range(0, operations, 1000):
        event = asyncio.Event()
        tasks = [asyncio.create_task(event.wait()) for _ in range(1000)]
        await asyncio.sleep(0)  # each task takes its first step, and parks
        start = clock()
        event.set()
        for task in tasks:
            await task
        total += clock() - start
    return total


async def square(number):
    return number * number


async def gather(operations):
    total = 0
    for _ in range(0, operations, 1000):
        start = clock()
        squares = await asyncio.gather(*(square(number) for number in range(1000)))
        total += clock() - start
        assert len(squares) == 1000
    return total


async def spawn(operations):
    total = 0
    for _ in range(0, operations, 1000):
        start = clock()
        tasks = [asyncio.create_task(square(number)) for number in range(1000)]
        for task in tasks:
            await task
        total += clock() - start
    return total


async def timeout(operations):
    start = clock()
    if hasattr(asyncio, "timeout"):  # since Python 3.11
        for number in range(operations):
            async with asyncio.timeout(60):
                await square(number)
    else:
        for number in range(operations):
            await asyncio.wait_for(square(number), 60)
    return clock() - start


def semaphore(permits):
    return lambda: asyncio.BoundedSemaphore(permits)


work = {
    "lock-uncontended": lambda n: uncontended(asyncio.Lock, n),
    "lock-8-tasks": lambda n: contended(asyncio.Lock, 8, n),
    "lock-100-tasks": lambda n: contended(asyncio.Lock, 100, n),
    "semaphore-1-uncontended": lambda n: uncontended(semaphore(1), n),
    "semaphore-10-uncontended": lambda n: uncontended(semaphore(10), n),
    "semaphore-1-100-tasks": lambda n: contended(semaphore(1), 100, n),
    "semaphore-10-100-tasks": lambda n: contended(semaphore(10), 100, n),
    "semaphore-1-1000-tasks": lambda n: contended(semaphore(1), 1000, n),
    "semaphore-10-1000-tasks": lambda n: contended(semaphore(10), 1000, n),
    "queue-1-1-to-1": lambda n: queue(1, 1, n),
    "queue-64-1-to-1": lambda n: queue(64, 1, n),
    "queue-unbounded-1-to-1": lambda n: queue(0, 1, n),
    "queue-1-4-to-4": lambda n: queue(1, 4, n),
    "queue-64-4-to-4": lambda n: queue(64, 4, n),
    "queue-unbounded-4-to-4": lambda n: queue(0, 4, n),
    "event-set": event_set,
    "event-1000-waiters": event_broadcast,
    "gather-1000": gather,
    "gather-10-of-1000": window,
    "spawn-100000": spawn,
    "timeout-ready": timeout,
}


async def park(count):
    async def wait(lock):
        async with lock:
            pass

    lock = asyncio.Lock()
    await lock.acquire()
    tasks = [asyncio.create_task(wait(lock)) for _ in range(count)]
    await asyncio.sleep(0)
    print("parked", flush=True)
    sys.stdin.readline()
    os._exit(0)  # a hundred thousand tasks need not say goodbye


if sys.argv[1:2] == ["--park"]:
    print("ready", flush=True)
    sys.stdin.readline()
    asyncio.run(park(int(sys.argv[2])))
else:
    print(platform.python_version(), flush=True)
    for line in iter(sys.stdin.readline, ""):
        name, operations = line.split()
        print(asyncio.run(work[name](int(operations))), flush=True)
