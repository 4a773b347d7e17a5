import gzip
import json as notation
import urllib.error
import urllib.request

from steps import travel


def send(method, url, json=None, body=None):
    request = urllib.request.Request(url, method=method)
    if json:
        body = notation.dumps(json).encode()
        request.add_header("Content-Type", "application/json")
    try:
        answer = urllib.request.urlopen(request, body)
    except urllib.error.HTTPError as error:
        answer = error
    read = answer.read()
    if answer.headers["Content-Encoding"] == "gzip":
        read = gzip.decompress(read)
    return answer.status, read.decode()


travel(send)
