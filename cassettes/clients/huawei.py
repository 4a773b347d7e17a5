"""Calls through Huawei Cloud's own Python SDK."""

import os

import calls
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.http.http_config import HttpConfig

PROJECT = "depot-project-0001"


def caller(client_class, operation, request):
    """A function that calls the operation and answers with the status."""

    def call(way, code):
        # requests, below the SDK, reads HTTPS_PROXY and REQUESTS_CA_BUNDLE by itself.
        credentials = BasicCredentials(
            os.environ["DEPOT_ACCESS_KEY"], os.environ["DEPOT_SECRET_KEY"], PROJECT
        )
        if way.name == "proxy":
            credentials = credentials.with_security_token(os.environ["DEPOT_SECURITY_TOKEN"])
        client = (
            client_class.new_builder()
            # The SDK's own user agent tells the machine's kernel and an identifier of the machine.
            .with_http_config(HttpConfig(user_agent="recording"))
            .with_credentials(credentials)
            .with_endpoint(way.endpoint)
            .build()
        )
        invoker = getattr(client, f"{operation}_invoker")(request)
        for name, value in calls.asked(code).items():
            invoker.add_header(name, value)
        if way.name == "base URL":
            invoker.add_header("X-Auth-Token", os.environ["DEPOT_AUTH_TOKEN"])
        try:
            return invoker.invoke().status_code
        except ServiceResponseException as error:
            return error.status_code

    return call
