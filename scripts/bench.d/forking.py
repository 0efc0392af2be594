"""Python's own forking server, as its documentation shows it:

    forking.py port backlog
"""
import socketserver
import sys


class Greeter(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"Thank you for connection\r\n")


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True
    request_queue_size = int(sys.argv[2])


with Server(("127.0.0.1", int(sys.argv[1])), Greeter) as server:
    server.serve_forever()
