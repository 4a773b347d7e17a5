"""openstacksdk: a token of eight hours, members of JSON in the order of the day, servers that are waited for, pages."""

import io
import os

import openstack
from openstack import exceptions
from run import BASE, differs, say

# A password of this run's; the order of members follows the seed of hashes.
PASSWORD = "pw1" + os.urandom(12).hex()
differs(PASSWORD, list({name: None for name in {"name", "flavor", "image", "metadata", "networks", os.urandom(4)}}))


def connect(password):
    return openstack.connect(
        auth_url=f"{BASE}/identity/v3",
        username="keeper",
        password=password,
        project_name="depot",
        user_domain_name="Default",
        project_domain_name="Default",
        region_name="depot",
        load_yaml_config=False,
        load_envvars=False,
    )


cloud = connect(PASSWORD)
made = []
for number in range(5):
    properties = {name: f"{number}" for name in {"zone", "row", "rack", "hw_disk_bus", "os_distro"}}
    image = cloud.image.create_image(
        name=f"crate {number}", data=io.BytesIO(b"noise" * 1000), disk_format="raw", container_format="bare",
        visibility="private", **properties,
    )
    made.append(image.id)
    say("image", image.name, cloud.image.get_image(image.id).size)
say("pages", [image.name for image in cloud.image.images(limit=2)])
say("found", cloud.image.find_image("crate 3").name, cloud.image.find_image("nothing"))
say("content", len(cloud.image.download_image(made[0], stream=False).content))
servers = []
for number in range(2):
    metadata = {name: "x" for name in {"dock", "row", "owner", "shift"}}
    servers.append(
        cloud.compute.create_server(
            name=f"keeper {number}", flavor_id="1", image_id=made[number], networks="none", metadata=metadata
        )
    )
for server in servers:
    active = cloud.compute.wait_for_server(server, interval=0.01, wait=300)
    say("server", active.name, active.status)
say("key", cloud.compute.create_keypair(name="depot").name)
for server in servers:
    cloud.compute.delete_server(server.id)
    try:
        cloud.compute.get_server(server.id)
    except exceptions.NotFoundException as error:
        say("gone", error.status_code)
cloud.image.delete_image(made[0])
try:
    connect("wrong").image.get_image(made[0])
except Exception as error:
    say("refused", type(error).__name__)
