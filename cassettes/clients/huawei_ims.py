"""Huawei Image Management Service: data images."""

import sys

import calls
import huawei
from huaweicloudsdkims.v2 import CreateDataImageRequest, CreateDataImageRequestBody, ImsClient

SPEC = "specs/huawei-ims/openapi.yaml"
HOST = "ims.cn-north-4.myhuaweicloud.com"

REQUEST = CreateDataImageRequest(
    body=CreateDataImageRequestBody(
        name="depotdata",
        description="madeforarecording",
        os_type="Linux",
        image_url="depot-bucket:depot-data.qcow2",
        min_disk=40,
        tags=["purpose.recording"],
    )
)

if __name__ == "__main__":
    operation = sys.argv[1]
    calls.call_each(
        operation,
        calls.documented(SPEC, operation),
        HOST,
        huawei.caller(ImsClient, "create_data_image", REQUEST),
    )
