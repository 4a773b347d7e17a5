"""Alibaba Cloud Elastic Desktop Service (Wuying), through its own Python SDK."""

import os
import sys
from urllib.parse import urlsplit

import calls
from alibabacloud_ecd20200930.client import Client
from alibabacloud_ecd20200930.models import CreateImageRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from darabonba.runtime import ExtendsParameters, RuntimeOptions

SPEC = "specs/alibaba-wuying/openapi.yaml"
HOST = "ecd.cn-hangzhou.aliyuncs.com"
#: The page documents no error code: the family's `default` is shown by two that its gateway gives.
ERRORS = (400, 403)

REQUEST = CreateImageRequest(
    region_id="cn-hangzhou",
    desktop_id="ecd-depot0001",
    image_name="depot_image",
    description="made for a recording",
    auto_clean_userdata=False,
    disk_type="SYSTEM",
)


def call(way, code):
    url = urlsplit(way.endpoint)
    config = Config(
        access_key_id=os.environ["DEPOT_ACCESS_KEY"],
        access_key_secret=os.environ["DEPOT_SECRET_KEY"],
        security_token=os.environ["DEPOT_SECURITY_TOKEN"],
        endpoint=url.netloc,
        protocol=url.scheme.upper(),
    )
    runtime = RuntimeOptions(
        # The SDK reads no variable for the certificate authority.
        ca=os.environ["REQUESTS_CA_BUNDLE"],
        extends_parameters=ExtendsParameters(headers=calls.asked(code)),
    )
    try:
        return Client(config).create_image_with_options(REQUEST, runtime).status_code
    except AlibabaCloudException as error:
        return error.status_code


if __name__ == "__main__":
    operation = sys.argv[1]
    calls.call_each(operation, calls.documented(SPEC, operation, ERRORS), HOST, call)
