"""Elastic Desktop Service through the older SDK core: operation, arguments and signature stand in the query."""

import os
import sys
from urllib.parse import urlsplit

import calls
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import CommonRequest

SPEC = "specs/alibaba-wuying/openapi.yaml"
HOST = "ecd.cn-hangzhou.aliyuncs.com"


def call(way, code):
    url = urlsplit(way.endpoint)
    sts = StsTokenCredential(
        os.environ["DEPOT_ACCESS_KEY"], os.environ["DEPOT_SECRET_KEY"], os.environ["DEPOT_SECURITY_TOKEN"]
    )
    client = AcsClient(region_id="cn-hangzhou", credential=sts, auto_retry=False)
    request = CommonRequest(domain=url.netloc, version="2020-09-30", action_name="CreateImage")
    request.set_method("POST")
    # The SDK compares by identity.
    request.set_protocol_type(protocol_type.HTTPS if url.scheme == "https" else protocol_type.HTTP)
    request.add_query_param("RegionId", "cn-hangzhou")
    request.add_query_param("DesktopId", "ecd-depot0001")
    request.add_query_param("ImageName", "depot_image")
    request.add_body_params("Description", "made for a recording")
    for name, value in calls.asked(code).items():
        request.add_header(name, value)
    try:
        client.do_action_with_exception(request)
        return 200
    except ServerException as error:
        return error.get_http_status()


if __name__ == "__main__":
    operation = sys.argv[1]
    calls.call_each(operation, calls.documented(SPEC, operation, (400, 403)), HOST, call)
