"""One server: started on a free port of loopback, watched, stopped."""
import itertools
import os
import signal
import string
import subprocess
import time

import machine
import peers

START = 5.0  # seconds to begin to listen
STOP = 3.0  # seconds to end when asked to
SETTLE = 2.0  # seconds for children to end after a load

serial = itertools.count()


class DidNotStart(Exception):
    pass


class Server:
    """While entered, a row runs as a session of its own, so that all of its
    processes, and no others, end with it."""

    def __init__(self, row, folder):
        self.name = row.name
        self.row = row
        self.port = machine.free_port()
        self.path = os.path.join(folder, f"server-{next(serial)}")
        self.process = None
        self.at_rest = 0

    def fill_in(self, text):
        return string.Template(text).substitute(
            port=self.port, backlog=self.row.backlog, config=self.path + ".conf",
            greeting=self.path + ".greeting", user=peers.me())

    def write(self, suffix, text):
        with open(self.path + suffix, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(self.path + suffix, 0o644)

    def __enter__(self):
        self.write(".conf", self.fill_in(self.row.config))
        self.write(".greeting", peers.MESSAGE)
        with open(self.path + ".log", "wb") as log:
            self.process = subprocess.Popen(
                [self.fill_in(word) for word in self.row.argv],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                user=self.row.user, extra_groups=[] if self.row.user else None)
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        self.at_rest = len(self.processes())
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_until_ready(self):
        deadline = time.monotonic() + START
        while not machine.listens(self.port):
            if self.has_ended() or time.monotonic() > deadline:
                raise DidNotStart(f"{self.name}: does not listen: {self.last_words()}")
            time.sleep(0.01)

    def last_words(self):
        with open(self.path + ".log", encoding="utf-8", errors="replace") as log:
            return log.read()[-300:].strip() or "it said nothing"

    def processes(self):
        """How many processes its session has, zombies too."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    session = int(file.read().rpartition(")")[2].split()[3])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if session == self.process.pid:
                found.append(int(pid))
        return found

    def settle(self):
        """Wait for its children to end, so that the next one has the machine."""
        deadline = time.monotonic() + SETTLE
        while len(self.processes()) > self.at_rest and time.monotonic() < deadline:
            time.sleep(0.02)

    def has_ended(self):
        """Looks without reaping: until then its group's number is its own."""
        return os.waitid(os.P_PID, self.process.pid,
                         os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def stop(self):
        deadline = time.monotonic() + STOP
        os.kill(self.process.pid, signal.SIGTERM)
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
