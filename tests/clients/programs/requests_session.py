import requests
from steps import travel

session = requests.Session()


def send(method, url, json=None, body=None):
    # A body that comes in pieces is sent chunked.
    pieces = body and (body[at : at + 65536] for at in range(0, len(body), 65536))
    answer = session.request(method, url, json=json, data=pieces, allow_redirects=True)
    answer.encoding = "utf-8"
    return answer.status_code, answer.text


travel(send)
