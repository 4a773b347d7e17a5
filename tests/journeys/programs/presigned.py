"""Links that were signed: signatures, credentials and dates in queries and in forms, other ones in every run."""

import base64
import io
import os

import boto3
import requests
from botocore.config import Config
from run import BASE, differs, say


def client(version):
    return boto3.client(
        "s3",
        endpoint_url=BASE,
        region_name="eu-central-1",
        aws_access_key_id="AKIA" + base64.b32encode(os.urandom(10)).decode(),
        aws_secret_access_key=os.urandom(20).hex(),
        aws_session_token=os.urandom(40).hex(),
        config=Config(signature_version=version, s3={"addressing_style": "path"}),
    )


session = requests.Session()
client("s3v4").create_bucket(Bucket="shelf", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
for version in ["s3v4", "s3"]:
    s3 = client(version)
    place = {"Bucket": "shelf", "Key": f"räk {version}"}
    link = s3.generate_presigned_url("put_object", Params=place, ExpiresIn=600)
    differs(link)
    say(version, "put", session.put(link, data=b"contents").status_code)
    link = s3.generate_presigned_url("get_object", Params=place, ExpiresIn=900)
    differs(link)
    answer = session.get(link)
    say(version, "get", answer.status_code, answer.content)
    link = s3.generate_presigned_url("get_object", Params={**place, "ResponseContentType": "text/plain"})
    answer = session.get(link)
    say(version, "as text", answer.status_code, answer.headers["Content-Type"])
    form = s3.generate_presigned_post("shelf", f"form {version}", Fields={"acl": "private"}, Conditions=[{"acl": "private"}])
    differs(form["fields"]["policy"])
    file = {"file": ("noise.bin", io.BytesIO(bytes(range(256)) * 20))}
    say(version, "post", session.post(form["url"], data=form["fields"], files=file).status_code)
    say(version, "listed", [at["Key"] for at in s3.list_objects_v2(Bucket="shelf")["Contents"]])
    say(version, "none", session.get(s3.generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": "none"})).status_code)
