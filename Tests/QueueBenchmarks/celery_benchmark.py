"""Celery's part of the queue benchmark: as many jobs that do nothing, through the same Redis.

python3 celery_benchmark.py URL WORKERS JOBS CONCURRENCY   prints seconds
python3 celery_benchmark.py URL --work CONCURRENCY         is a worker, a thread for each job at a time
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from celery import Celery

url = sys.argv[1]
app = Celery("nothing", broker=url + "/0", backend=url + "/1")
# As ours does: acknowledged when done, and nothing prefetched beyond what is done at a time.
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, worker_hijack_root_logger=False)


@app.task(name="nothing")
def nothing(number):
    return number


def measure(workers, jobs, concurrency):
    command = [sys.executable, __file__, url, "--work", str(concurrency)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(command, **quiet) for _ in range(workers)]
    try:
        while len(app.control.ping(timeout=0.5)) < workers:
            pass
        start = time.monotonic()
        with ThreadPoolExecutor(concurrency) as pool:
            results = list(pool.map(nothing.delay, range(jobs)))
        for result in results:
            result.get(timeout=300)
        return time.monotonic() - start
    finally:
        for process in processes:
            # Not asked to: who starts us may have blocked the signal that asks.
            process.kill()
        for process in processes:
            process.wait()


if __name__ == "__main__":
    if sys.argv[2] == "--work":
        name = f"worker{time.time_ns()}@%h"
        app.worker_main(
            ["worker", "--pool=threads", "--concurrency", sys.argv[3], "-n", name, "-l", "ERROR",
             "--without-gossip", "--without-mingle"]
        )
    else:
        print(measure(*map(int, sys.argv[2:5])))
