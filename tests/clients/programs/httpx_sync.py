import httpx
from steps import travel

client = httpx.Client(follow_redirects=True, timeout=300)


def send(method, url, json=None, body=None):
    answer = client.request(method, url, json=json, content=body)
    return answer.status_code, answer.text


travel(send)
