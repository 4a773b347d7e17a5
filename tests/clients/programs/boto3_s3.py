"""S3 with boto3: bodies in signed chunks with trailers, a multipart upload, errors, a presigned URL."""

import io
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client(
    "s3",
    endpoint_url="https://s3.depot.example",
    region_name="eu-central-1",
    aws_access_key_id="AKIADEPOTDEPOTDEPOT1",
    aws_secret_access_key="a depot's key, known to nobody else",
    config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
)
place = {"Bucket": "shelf"}
s3.create_bucket(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}, **place)
print("put", s3.put_object(Key="one", Body=b"contents of one", **place)["ETag"])
s3.upload_fileobj(io.BytesIO(b"streamed " * 50000), "shelf", "räk/två")
print("get", s3.get_object(Key="one", **place)["Body"].read())
print("get", len(s3.get_object(Key="räk/två", **place)["Body"].read()))
upload = s3.create_multipart_upload(Key="parts", **place)
part = {"Key": "parts", "UploadId": upload["UploadId"], **place}
sent = s3.upload_part(PartNumber=1, Body=b"the only part", **part)
parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
print("complete", s3.complete_multipart_upload(MultipartUpload=parts, **part)["ETag"])
for at in s3.list_objects_v2(**place)["Contents"]:
    print("listed", at["Key"], at["Size"])
for mistake in [lambda: s3.get_object(Key="none", **place), lambda: s3.head_bucket(Bucket="none")]:
    try:
        mistake()
    except ClientError as error:
        print("error", error.response["Error"]["Code"])
print("deleted", s3.delete_object(Key="one", **place)["ResponseMetadata"]["HTTPStatusCode"])
link = s3.generate_presigned_url("get_object", Params={"Key": "parts", **place})
print("presigned", urllib.request.urlopen(link).read())
