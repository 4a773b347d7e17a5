"""Amazon's SDK with what it makes up itself: client tokens, sums of messages, signatures, dates."""

import base64
import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from run import BASE, differs, say

# New ones in every run.
KEYS = {"aws_access_key_id": "AKIA" + base64.b32encode(os.urandom(10)).decode(), "aws_secret_access_key": "k1" + os.urandom(20).hex()}
differs(KEYS["aws_access_key_id"])


def client(name):
    made = boto3.client(
        name, endpoint_url=BASE, region_name="eu-central-1", config=Config(retries={"max_attempts": 1}), **KEYS
    )
    made.meta.events.register("before-send", note)
    return made


TOKENS = []


def note(request, **_):
    body = request.body or b""
    if isinstance(body, bytes) and b"ClientRequestToken" in body:
        TOKENS.append(json.loads(body)["ClientRequestToken"])
    for line in (body if isinstance(body, bytes) else b"").replace(b"&", b"\n").split(b"\n"):
        if line.startswith(b"ClientToken="):
            differs(line.decode())


sqs = client("sqs")
queue = sqs.create_queue(QueueName="dock", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
for text in ["erste", "zweite"]:
    sent = sqs.send_message(QueueUrl=queue, MessageBody=text, MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
    say("sent", sent["MD5OfMessageBody"], sent["MessageId"])
for _ in range(2):
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        say("received", message["Body"], message["MessageId"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
ec2 = client("ec2")
launched = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=2)
ids = [instance["InstanceId"] for instance in launched["Instances"]]
say("launched", ids)
say("state", [i["State"]["Name"] for r in ec2.describe_instances(InstanceIds=ids)["Reservations"] for i in r["Instances"]])
secrets = client("secretsmanager")
made = secrets.create_secret(Name="dock/key", SecretString="a depot's secret")
# The service names a version by the client's token, and the replay by the token of its own client.
say("made", made["VersionId"] == TOKENS[-1])
rotated = secrets.put_secret_value(SecretId="dock/key", SecretString="another one")
say("rotated", rotated["VersionId"] == TOKENS[-1], len(set(TOKENS)))
try:
    secrets.get_secret_value(SecretId="none")
except ClientError as error:
    say("error", error.response["Error"]["Code"])
say("caller", client("sts").get_caller_identity()["Account"])
