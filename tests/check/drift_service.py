"""A service that answers as the JSON of its argument says: {path: [status, headers, body]}. In texts `@uuid` and `@now`
stand for values made up for each answer. Prints its port."""

import datetime
import json
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = json.loads(sys.argv[1])


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        status, headers, body = ANSWERS[self.path.split("?")[0]]
        text = body if isinstance(body, str) else json.dumps(body)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        text = text.replace("@uuid", str(uuid.uuid4())).replace("@now", now).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value.replace("@uuid", str(uuid.uuid4())))
        self.send_header("X-Request-Id", str(uuid.uuid4()))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
print(server.server_address[1], flush=True)
server.serve_forever()
