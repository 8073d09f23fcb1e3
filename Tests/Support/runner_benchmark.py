"""How long a learner waits: measures the runner on a fresh copy of this project.

    python3 Tests/Support/runner_benchmark.py [--edits 10] [--keep FOLDER]

It copies what git knows of the project, builds the runner, checks for the first time, and then
watches on a terminal of its own while it edits exercise 05: bodies, then interfaces. The time of an
edit is that from the end of the saving to the verdict on the screen. Run it on an idle machine.
"""

import argparse
import os
import pty
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BANK = "Exercises/05-Bank/Bank.swift"


def copy_project(folder):
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        source, target = os.path.join(ROOT, name), os.path.join(folder, name)
        if os.path.exists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)


def timed_with_signs(command, folder):
    """Runs a command; returns its time, and the longest time without a word from it."""
    start = last = time.monotonic()
    longest = 0.0
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while True:
        data = os.read(process.stdout.fileno(), 65536)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        if not data:
            break
    return process.wait(), time.monotonic() - start, longest


class Watching:
    """The runner, watching on a terminal."""

    def __init__(self, folder):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.environ.update(TERM="xterm", NO_COLOR="1")
            os.execv(".build/debug/workbook", ["workbook", "watch", "5"])

    def wait_for(self, pattern, limit=120):
        """Returns when the pattern was written, and all that was."""
        text, end = "", time.monotonic() + limit
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.5)[0]:
                text += os.read(self.terminal, 65536).decode("utf-8", "replace")
                if re.search(pattern, text):
                    return time.monotonic()
        sys.exit(f"the runner did not show {pattern}; it showed:\n{text[-2000:]}")

    def processor_seconds(self):
        with open(f"/proc/{self.process}/stat") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def quit(self):
        os.write(self.terminal, b"q")
        os.waitpid(self.process, 0)


def save(folder, text):
    with open(os.path.join(folder, BANK), "w") as file:
        file.write(text)
    return time.monotonic()


def report(what, seconds):
    ordered = sorted(seconds)
    at_95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(
        f"{what:34}  median {statistics.median(seconds):5.2f} s"
        f"   95 % {at_95:5.2f} s   longest {ordered[-1]:5.2f} s", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--edits", type=int, default=10)
    options.add_argument("--keep", help="use this folder, and leave it there")
    options = options.parse_args()
    folder = options.keep or tempfile.mkdtemp(prefix="runner-benchmark-")
    try:
        measure(folder, options.edits)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def measure(folder, edits):
    copy_project(folder)
    count = len([n for n in os.listdir(f"{folder}/Exercises") if n[0].isdigit()])
    print(f"{count} exercises, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    code, seconds, silence = timed_with_signs(
        ["swift", "run", "workbook", "check", "5"], folder)
    if code != 2:
        sys.exit(f"the first check ended with {code} and not with 2, unfinished")
    print(f"{'first check of a fresh clone':34}  {seconds:.1f} s, silent for at most {silence:.1f} s")

    with open(f"{folder}/Solutions/05-Bank/Bank.swift") as file:
        solution = file.read()
    watching = Watching(folder)
    watching.wait_for("Not finished yet")
    save(folder, solution)
    watching.wait_for("Passed")

    signs, bodies, interfaces = [], [], []
    body = "guard source != target else { return }"
    for number in range(edits):
        started = save(folder, solution.replace(body, f"let edit = {number}\n    _ = edit\n    {body}"))
        signs.append(watching.wait_for("checking") - started)
        bodies.append(watching.wait_for("Passed") - started)
    for number in range(edits):
        started = save(folder, solution + f"\nextension Bank {{ public func edit{number}() {{}} }}\n")
        signs.append(watching.wait_for("checking") - started)
        interfaces.append(watching.wait_for("Passed") - started)
    report("save to “checking…”", signs)
    report("save to verdict, body", bodies)
    report("save to verdict, interface", interfaces)

    if os.path.exists("/proc/self/stat"):
        before, idle = watching.processor_seconds(), 30
        time.sleep(idle)
        share = (watching.processor_seconds() - before) / idle
        print(f"{'idle watching':34}  {100 * share:.2f} % of a core")
    watching.quit()
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
