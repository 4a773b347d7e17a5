"""A product from PyPI that speaks WSGI: python wsgi.py httpbin | pypi FOLDER | dav FOLDER

Prints its port, and ends with its standard input.
"""

import logging
import sys
import threading

import werkzeug.serving


def httpbin():
    import httpbin

    return httpbin.app


def pypi(folder):
    import pypiserver

    # Uploads without a password; nothing is looked for elsewhere.
    return pypiserver.app(roots=[folder], password_file=".", authenticate=[], disable_fallback=True)


def dav(folder):
    from wsgidav.wsgidav_app import WsgiDAVApp

    return WsgiDAVApp(
        {
            "provider_mapping": {"/": folder},
            "simple_dc": {"user_mapping": {"*": True}},
            "logging": {"enable_loggers": []},
            "verbose": 0,
        }
    )


# What follows the answer of a `HEAD` is for nobody.
werkzeug.serving.WSGIRequestHandler.protocol_version = "HTTP/1.1"
logging.getLogger("werkzeug").setLevel(logging.ERROR)
kind, *arguments = sys.argv[1:]
application = {"httpbin": httpbin, "pypi": pypi, "dav": dav}[kind](*arguments)
server = werkzeug.serving.make_server("127.0.0.1", 0, application, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
