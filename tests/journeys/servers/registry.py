"""Debian's docker-registry: python3 registry.py PROGRAM FOLDER

Prints its port, and ends with its standard input. What it starts ends with it, however that comes.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading

PROGRAM, FOLDER = sys.argv[1:]
CONFIG = f"""
version: 0.1
log: {{accesslog: {{disabled: true}}, level: info, formatter: text}}
storage: {{filesystem: {{rootdirectory: {FOLDER}/storage}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:0", host: "https://depot.example"}}
"""


def end_with_me():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


config = os.path.join(FOLDER, "config.yml")
with open(config, "w") as file:
    file.write(CONFIG)
registry = subprocess.Popen(
    [PROGRAM, "serve", config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    preexec_fn=end_with_me,
)
for line in registry.stderr:
    if found := re.search(rb"listening on .*?:(\d+)", line):
        print(int(found[1]), flush=True)
        break
threading.Thread(target=registry.stderr.read, daemon=True).start()
sys.stdin.read()
registry.kill()
