"""Huawei Workspace application streaming: image instances."""

import sys

import calls
import huawei
from huaweicloudsdkworkspaceapp.v1 import (
    CreateImageServerReq,
    CreateImageServerRequest,
    CreateServerImageReq,
    ImageAccountInfo,
    ImageRef,
    ListImageServersRequest,
    RecreateServerImageRequest,
    RoutePolicy,
    TmsTag,
    Volume,
    WorkspaceAppClient,
)

SPEC = "specs/huawei-workspace/openapi.yaml"
HOST = "workspace-app.cn-north-4.myhuaweicloud.com"


def create():
    return CreateImageServerRequest(
        body=CreateImageServerReq(
            name="depot-image_1",
            description="made for a recording",
            root_volume=Volume(type="SSD", size=80),
            image_ref=ImageRef(id="depot-base-image", image_type="private"),
            vpc_id="depot-network",
            subnet_id="depot-subnet",
            product_id="depot.flavor.4u8g",
            availability_zone="",
            attach_apps=[],
            authorize_accounts=[ImageAccountInfo(account="keeper", account_type="USER")],
            is_vdi=False,
            route_policy=RoutePolicy(max_session=3, cpu_threshold=80, mem_threshold=80),
            tags=[TmsTag(key="purpose", value="recording")],
        )
    )


def recreate():
    body = CreateServerImageReq(name="depot-image-2", description="made anew")
    return RecreateServerImageRequest(server_id="depot-server-0001", body=body)


def listing():
    return ListImageServersRequest(offset=0, limit=10, server_name="depot")


OPERATIONS = {
    "CreateImageServer": ("create_image_server", create),
    "RecreateServerImage": ("recreate_server_image", recreate),
    "ListImageServers": ("list_image_servers", listing),
}

if __name__ == "__main__":
    operation = sys.argv[1]
    method, request = OPERATIONS[operation]
    calls.call_each(
        operation,
        calls.documented(SPEC, operation),
        HOST,
        huawei.caller(WorkspaceAppClient, method, request()),
    )
