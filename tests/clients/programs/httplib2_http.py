import json as notation

import httplib2
from steps import travel

http = httplib2.Http()


def send(method, url, json=None, body=None):
    headers = {}
    if json:
        body = notation.dumps(json)
        headers["Content-Type"] = "application/json"
    answer, content = http.request(url, method, body=body, headers=headers)
    return answer.status, content.decode()


travel(send)
