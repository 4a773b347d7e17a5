"""Asks URL with requests and urllib3's Retry: statuses, resets and short bodies are tried again."""

import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

retry = Retry(total=5, backoff_factor=0, status_forcelist=[503], respect_retry_after_header=True)
session = requests.Session()
session.trust_env = False
session.mount("http://", HTTPAdapter(max_retries=retry))
for _ in range(3):
    try:
        answer = session.get(sys.argv[1])
        break
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError):
        # Of a body that breaks off urllib3 learns too late to try again.
        continue
print(answer.status_code, answer.text)
