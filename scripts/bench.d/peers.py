"""What a user would run instead of haild, and haild in the setups compared."""
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
MESSAGE = "Thank you for connection\r\n"
SMALL, LARGE = 5, 1024
ORDINARY = "nobody"

NGINX = r"""
load_module modules/ngx_stream_module.so;
daemon off;
pid $config.pid;
error_log stderr;
worker_processes auto;
events { worker_connections 4096; }
stream {
    server {
        listen 127.0.0.1:$port backlog=$backlog;
        return "Thank you for connection\r\n";
    }
}
"""

INETD = "127.0.0.1:$port stream tcp nowait $user /bin/cat cat $greeting\n"


@dataclass
class Row:
    """A server of the table. $port, $backlog, $config (a file with the text
    config), $greeting (a file) and $user stand for themselves."""
    name: str
    backlog: object  # a number, or words where the program has its own
    argv: list  # None: not installed
    config: str = ""
    user: str = None  # whom to run as, when not as who we are


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def me():
    return pwd.getpwuid(os.geteuid()).pw_name


def row(name, program, *argv, backlog, config=""):
    path = find(program)
    return Row(name, backlog, path and [path, *argv], config)


def both(name, program, *argv, config=""):
    return [row(name, program, *argv, backlog=backlog, config=config)
            for backlog in (SMALL, LARGE)]


def compile_plain(folder):
    """Linked as everybody does; what to run, or nothing without a compiler."""
    compiler, binary = find(os.environ.get("CC", "gcc")), os.path.join(folder, "plain")
    if compiler is not None:
        subprocess.run([compiler, "-O2", "-o", binary, f"{HERE}/plain.c"], check=True)
    return binary


class Rows:
    def __init__(self, folder, haild):
        """haild is the binary; folder is for whatever must be made first."""
        self.binary = haild
        self.plain_binary = compile_plain(folder)

    def haild(self, *options, backlog=SMALL, ordinary=False):
        """With a log to a file unless options say -q."""
        name = " ".join(("haild", *map(str, options)))
        as_other = ordinary and machine.is_root()
        return Row(name + ", no root" * as_other, backlog,
                   [self.binary, *map(str, options), "-b", str(backlog), "127.0.0.1", "$port"],
                   user=ORDINARY if as_other else None)

    def plain(self, backlog):
        return row("plain C, fork", self.plain_binary, "$port", "$backlog", backlog=backlog)

    def all(self):
        rows = [self.haild(), self.haild("-q"), self.haild("-q", "-B", 1),
                self.haild("-q", backlog=LARGE)]
        if machine.is_root():
            rows.insert(2, self.haild("-q", ordinary=True))
        return rows + [
            self.plain(SMALL), self.plain(LARGE),
            *both("Python tutorial", "python3", f"{HERE}/tutorial.py", "$port", "$backlog"),
            *both("ForkingTCPServer", "python3", f"{HERE}/forking.py", "$port", "$backlog"),
            *both("tcpserver + cat", "tcpserver", "-q", "-HR", "-l0", "-c", "512",
                  "-b", "$backlog", "127.0.0.1", "$port", "/bin/cat", "$greeting"),
            *both("openbsd-inetd + cat", "inetd", "-i", "-q", "$backlog", "-R", "1000000",
                  "$config", config=INETD),
            *both("socat fork", "socat", "-U", "TCP4-LISTEN:$port,bind=127.0.0.1,"
                  "reuseaddr,fork,backlog=$backlog", "OPEN:$greeting,rdonly"),
            row("ncat + cat", "ncat", "-lk4", "-m", "4096", "--exec", "/bin/cat $greeting",
                "127.0.0.1", "$port", backlog="10, fixed"),
            *both("nginx, no fork", "nginx", "-c", "$config", config=NGINX),
        ]
