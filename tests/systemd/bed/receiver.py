"""Somebody on the machine who takes notifications, and keeps when each came."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from .machine import enter_network

PORT = 9099
SETTINGS = f"notifications: [{{name: table, url: 'http://127.0.0.1:{PORT}/', events: [engine, recovered]}}]\n"


class Receiver:
    """Listens in the network of a machine until the machine is gone, or boots anew."""

    def __init__(self, machine):
        self.heard = []
        ready = threading.Event()
        threading.Thread(target=self.listen, args=(machine.pid, ready), daemon=True).start()
        ready.wait(10)

    def listen(self, pid, ready):
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                heard.append((time.time(), json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_words):
                pass

        # The network belongs to this thread.
        enter_network(pid)
        self.server = HTTPServer(("127.0.0.1", PORT), Handler)
        ready.set()
        self.server.serve_forever()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def of_docker(self):
        """What was told of Docker: when, in seconds since 1970, and which event."""
        return [(moment, notice["event"]) for moment, message in list(self.heard) for notice in message["notices"]
                if notice["about"].startswith("Docker of")]
