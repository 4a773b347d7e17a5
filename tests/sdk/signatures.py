"""Signs requests with the vendors' own SDKs. Reads cases as JSON, and prints what each SDK made of them."""

import datetime
import json
import sys
from unittest import mock
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.auth
from alibabacloud_tea_openapi.utils import Utils
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

ID, KEY, TOKEN = "AKEXAMPLE7", "sk/example+key=9", "session-token-5"


def huawei(case):
    url = urlsplit(case["target"])
    headers = dict(case["headers"])
    headers["Host"] = url.netloc
    headers["X-Sdk-Date"] = case["basic_date"]
    if case["token"]:
        headers["X-Security-Token"] = TOKEN
    pairs = parse_qsl(url.query, keep_blank_values=True)
    request = SdkRequest(
        method=case["method"], schema=url.scheme, host=url.netloc,
        resource_path=url.path, query_params=pairs, header_params=headers, body=case["body"],
    )
    return Signer(BasicCredentials(ID, KEY)).sign(request).header_params["Authorization"]


def acs3(case):
    url = urlsplit(case["target"])
    payload = Utils.hash(case["body"].encode(), "ACS3-HMAC-SHA256").hex()
    headers = {name.lower(): value for name, value in case["headers"]}
    headers["host"] = url.netloc
    headers["x-acs-date"] = case["date"]
    headers["x-acs-signature-nonce"] = case["nonce"]
    headers["x-acs-content-sha256"] = payload
    if case["token"]:
        headers["x-acs-accesskey-id"] = ID
        headers["x-acs-security-token"] = TOKEN
    request = mock.Mock(
        method=case["method"], pathname=url.path, headers=headers,
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
    )
    return Utils.get_authorization(request, "ACS3-HMAC-SHA256", payload, ID, KEY)


def alibaba_rpc(case):
    url = urlsplit(case["target"])
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    query |= {
        "Timestamp": case["date"], "SignatureNonce": case["nonce"], "AccessKeyId": ID,
        "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
    }
    if case["token"]:
        query["SecurityToken"] = TOKEN
    query |= dict(parse_qsl(case["body"], keep_blank_values=True))
    return Utils.get_rpcsignature(query, case["method"], KEY)


def sigv4(case):
    service = case["service"]
    signers = {"s3": botocore.auth.S3SigV4Auth}
    signer = signers.get(service, botocore.auth.SigV4Auth)
    credentials = Credentials(ID, KEY, TOKEN if case["token"] else None)
    request = AWSRequest(
        method=case["method"], url=case["target"], headers=dict(case["headers"]), data=case["body"],
    )
    # As botocore makes its requests ready to be sent.
    request = AWSRequest(
        method=request.method, url=request.url, headers=request.headers, data=request.data.encode(),
    )
    now = datetime.datetime.strptime(case["basic_date"], "%Y%m%dT%H%M%SZ")
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=now):
        signer(credentials, service, "eu-central-1").add_auth(request)
    return request.headers["Authorization"]


SIGNERS = {"huawei": huawei, "acs3": acs3, "alibaba-rpc": alibaba_rpc, "sigv4": sigv4}
json.dump([SIGNERS[case["scheme"]](case) for case in json.load(sys.stdin)], sys.stdout)
