#!/usr/bin/env python3
"""The server that Python's tutorials show, on a free port, which it prints."""

import socket

s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(5)
print("listening on", s.getsockname()[1], flush=True)
while True:
    c, address = s.accept()
    print("Got a connection from", address, flush=True)
    c.send(b"Thank you for connection\r\n")
    c.close()
